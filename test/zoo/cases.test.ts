import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { behaviours } from './behaviours';
import { cases } from './cases';

test('all 76 cases are accounted for, by a test or by a reason', () => {
  expect(cases.map(({ number }) => number)).toEqual(Array.from({ length: 76 }, (_, index) => index + 1));
  for (const { number, by, not } of cases)
    expect([number, (by?.length ?? 0) > 0 || not !== undefined]).toEqual([number, true]);
});

test.each(cases.filter(({ by }) => by))('case $number, $what, is where it is said to be', ({ by = [] }) => {
  for (const [file, text] of by) {
    const source = readFileSync(join(projectRoot(), file), 'utf8').replaceAll(`\\'`, `'`);
    expect(source).toContain(text);
  }
});

test('rows of the table of behaviours name the cases that they are', () => {
  const rows = new Map(behaviours.map(({ name, cases: numbers }) => [name, numbers]));
  for (const { number, by = [] } of cases) {
    for (const [file, text] of by) {
      if (file !== 'test/zoo/behaviours.ts') continue;
      const numbers = [...rows].find(([name]) => name.startsWith(text))?.[1];
      expect([number, numbers]).toEqual([number, expect.arrayContaining([number])]);
    }
  }
});
