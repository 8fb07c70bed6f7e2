import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defects } from './defects';

test('each defect D1 to D19 of the original has a test, or a reason why it cannot exist here', () => {
  expect(defects.map(({ id }) => id)).toEqual(Array.from({ length: 19 }, (_, index) => `D${index + 1}`));
  for (const { id, test: file, cannot } of defects) {
    expect([id, (file === undefined) !== (cannot === undefined)]).toEqual([id, true]);
  }
});

test.each(defects.filter(({ test: file }) => file !== undefined))(
  '$id is tested in $test, by its name',
  ({ id, was, test: file }) => {
    const text = readFileSync(join(__dirname, file as string), 'utf8');
    expect(text.replaceAll(`\\'`, `'`)).toMatch(
      new RegExp(`(test|describe|it)\\(\\s*['"\`]${id} ${was.replaceAll(/[.*+?^()|[\]\\]/g, '\\$&')}`),
    );
  },
);
