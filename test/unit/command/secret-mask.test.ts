import { SecretMask } from '../../../src/command/secret-mask';

/** What comes out of pieces of these lengths; the last piece is the rest. */
function masked(text: string, secrets: string[], lengths: number[] = []): string {
  const mask = new SecretMask(secrets);
  const bytes = Buffer.from(text);
  const out: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    out.push(mask.add(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat([...out, mask.end()]).toString();
}

test.each([
  ['a value, everywhere', 'xabcx abc', ['abc'], 'x***x ***'],
  ['a value of special characters', 'a.*b', ['.*'], 'a***b'],
  ['bytes of characters', 'tür', ['ü'], 't***r'],
  ['the longer of two', 'abcdef abc', ['abc', 'abcdef'], '*** ***'],
  ['a value of several lines', 'a\nb\nc', ['a\nb'], '***\nc'],
  ['no empty value', 'abc', [''], 'abc'],
  ['nothing without a value', 'abc', [], 'abc'],
  ['not what only begins like one', 'ab', ['abc'], 'ab'],
])('it masks %s', (_what, text, secrets, expected) => {
  expect(masked(text, secrets)).toBe(expected);
  for (let cut = 1; cut < Buffer.byteLength(text); cut++) expect(masked(text, secrets, [cut])).toBe(expected);
});

test('what cannot be the beginning of a value is passed on at once', () => {
  const mask = new SecretMask(['secret']);
  expect(mask.add(Buffer.from('progress: 1 se')).toString()).toBe('progress: 1 ');
  expect(mask.add(Buffer.from('conds')).toString()).toBe('seconds'.slice(0, -1));
});

const SEED = Number(process.env.MASK_SEED ?? Date.now() % 2 ** 31);

test(`however the pieces are cut, the result is that of the whole (MASK_SEED=${SEED})`, () => {
  let state = SEED;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const word = (length: number): string => Array.from({ length }, () => 'ab'[random(2)]).join('');
  for (let round = 0; round < 2_000; round++) {
    const secrets = Array.from({ length: 1 + random(3) }, () => word(1 + random(5)));
    const text = word(random(30));
    const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
    const whole = text.replace(new RegExp(longestFirst.join('|'), 'g'), '***');
    const lengths = Array.from({ length: 30 }, () => random(4));
    expect({ secrets, text, lengths, masked: masked(text, secrets, lengths) }).toMatchObject({ masked: whole });
  }
});
