import { fitColumns } from '../../../src/cli/render/fit-columns';
import { cutTo, padTo, widthOf, wrapWords } from '../../../src/cli/render/fit-text';

test.each([
  ['', 0],
  ['build', 5],
  ['größe', 5],
  ['構建', 4],
  ['e\u0301', 1],
  ['🚀', 2],
])('%j takes %i columns', (text, width) => expect(widthOf(text)).toBe(width));

test.each([
  ['build', 5, 'build'],
  ['build', 4, 'bui…'],
  ['build', 1, '…'],
  ['build', 0, ''],
  ['構建映像', 8, '構建映像'],
  ['構建映像', 7, '構建映…'],
  ['構建映像', 6, '構建…'], // the third would be half
  ['構建', 1, '…'],
  ['👩‍🚀👩‍🚀', 3, '👩‍🚀…'], // of several code points, never half of them
])('%j cut to %i columns is %j', (text, width, cut) => {
  expect(cutTo(text, width)).toBe(cut);
  expect(widthOf(cutTo(text, width))).toBeLessThanOrEqual(width);
});

test('padding fills exactly the width, also beside a wide character that had to go', () => {
  expect([padTo('a', 3), padTo('a', 3, 'right'), padTo('構建映像', 6)]).toEqual(['a  ', '  a', '構建… ']);
});

test('words wrap to lines, and those that find no line are left out', () => {
  const words = ['one', 'two', 'three', 'four'];
  expect(wrapWords(words, 80, 2)).toEqual(['one  two  three  four']);
  expect(wrapWords(words, 10, 2)).toEqual(['one  two', 'three']);
  expect(wrapWords(words, 4, 9)).toEqual(['one', 'two', 'thr…', 'four']);
});

describe('columns', () => {
  const needs = [
    { least: 5, ideal: 5, rank: 1 },
    { least: 4, ideal: 10, rank: 2 },
    { least: 10, ideal: 30, rank: 0 },
  ];
  test.each([
    [200, [5, 10, 30]], // no more than is of use
    [49, [5, 10, 30]],
    [48, [5, 9, 30]], // the lowest rank grows first
    [23, [5, 4, 10]],
    [22, [5, 0, 15]], // the highest rank goes first
    [16, [0, 0, 16]],
    [3, [0, 0, 3]], // the last stays, whatever it needs
  ])('in a width of %i', (width, widths) => expect(fitColumns(needs, width)).toEqual(widths));
});
