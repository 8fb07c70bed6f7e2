import { join } from 'node:path';
import { hideOwnFrames, withoutOwnFrames } from '../../../src/tracking/own-frames';

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

test('below a call of ours stand the frames of whoever called us', () => {
  const stack = [
    'Error: x',
    '    at work (/app/a.js:1:1)',
    `    at Object.execute (${own})`,
    '    at AsyncLocalStorage.run (node:x)',
  ];
  const callers = ['    at Activity.execute (/sdk.js:1:1)'];
  expect(withoutOwnFrames(stack.join('\n'), () => callers)).toBe([...stack.slice(0, 2), ...callers].join('\n'));
});

test('a stack is as long as Node would make it', () => {
  const stack = ['Error: x', ...Array<string>(8).fill('    at work (/app/a.js:1:1)'), `    at execute (${own})`];
  const callers = Array<string>(8).fill('    at Activity.execute (/sdk.js:1:1)');
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 10;
  try {
    expect(withoutOwnFrames(stack.join('\n'), () => callers).split('\n')).toHaveLength(1 + 10);
  } finally {
    Error.stackTraceLimit = limit;
  }
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

test('an error whose stack cannot be read or set stays as it is', () => {
  const broken = new Error('x');
  Object.defineProperty(broken, 'stack', {
    get: () => {
      throw new Error('the getter fails');
    },
  });
  expect(() => hideOwnFrames(broken, () => [])).not.toThrow();
});
