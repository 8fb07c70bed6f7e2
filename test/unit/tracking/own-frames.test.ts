import { join } from 'node:path';
import { withoutOwnFrames } from '../../../src/tracking/own-frames';

const own = join(__dirname, '../../../src/interceptors/activity-inbound.ts:1:1');

test('after an await, our frames go, and those of others stay', () => {
  const stack = [
    'Error: x',
    '    at async work (/app/a.js:1:1)',
    `    at async Object.execute (${own})`,
    '    at async Activity.execute (/sdk.js:1:1)',
  ];
  expect(withoutOwnFrames(stack.join('\n'))).toBe([stack[0], stack[1], stack[3]].join('\n'));
});

test('below a call of ours there is nothing of interest', () => {
  const stack = [
    'Error: x',
    '    at work (/app/a.js:1:1)',
    `    at Object.execute (${own})`,
    '    at AsyncLocalStorage.run (node:x)',
  ];
  expect(withoutOwnFrames(stack.join('\n'))).toBe(stack.slice(0, 2).join('\n'));
});

test('above a frame of the user, ours are those of a hook', () => {
  const hook = own.replace('interceptors/activity-inbound', 'tracking/sync-hooks');
  const stack = ['Error: x', '    at execSync (node:x)', `    at hooked (${hook})`, '    at work (/app/a.js:1:1)'];
  expect(withoutOwnFrames(stack.join('\n'))).toBe([stack[0], stack[1], stack[3]].join('\n'));
});

test('a message that names our folder is no frame, and a stack without us is as it was', () => {
  const stack = `Error: cannot read ${own}\n    at work (/app/a.js:1:1)`;
  expect(withoutOwnFrames(stack)).toBe(stack);
});
