import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const MODULE = resolve(__dirname, '../../../dist/src/client/cleanup-on-sigterm.js');
/** The cleanup may take 35 s: an end within this does not wait for that. */
const PROMPT_MS = 20_000;

/** Runs a program of its own, sends it a signal when it is ready, and returns its exit code and its lines. */
async function run(program: string, signals: NodeJS.Signals[] = ['SIGTERM']) {
  const code = `
    const { cleanupOnSigterm } = require(${JSON.stringify(MODULE)});
    const say = (line) => process.stdout.write(line + '\\n');
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const reaper = { cancelWorkflow: async ({ workflowId }) => { say('cancel ' + workflowId); await sleep(50); return { workflowId }; } };
    const handles = [{ workflowId: 'a' }, { workflowId: 'b' }];
    const alive = setInterval(() => undefined, 1000);
    ${program}
    say('ready');`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), PROMPT_MS);
  let output = '';
  const sending = new Promise<void>((sent) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (!output.includes('ready\n')) return;
      for (const signal of signals.splice(0)) child.kill(signal);
      sent();
    });
  });
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const ended = once(child, 'close');
  await Promise.race([sending, ended]);
  const [exitCode, signal] = (await ended) as [number | null, string | null];
  clearTimeout(late);
  return {
    end: exitCode ?? signal,
    lines: output
      .trim()
      .split('\n')
      .filter((line) => line !== 'ready'),
  };
}

test('cancels all, says what became of each, and exits with 143', async () => {
  const { end, lines } = await run('cleanupOnSigterm(reaper, handles, { onDone: (id) => say(`done ${id}`) });');
  expect(end).toBe(143);
  expect(lines).toEqual(['cancel a', 'cancel b', 'done a', 'done b']);
});

test('SIGINT is left as it was unless it is named', async () => {
  expect((await run('cleanupOnSigterm(reaper, handles);', ['SIGINT'])).end).toBe('SIGINT');
  const { end, lines } = await run(`cleanupOnSigterm(reaper, handles, { signals: ['SIGTERM', 'SIGINT'] });`, [
    'SIGINT',
  ]);
  expect(end).toBe(130);
  expect(lines).toEqual(['cancel a', 'cancel b']);
});

test('a second signal while it works does nothing more', async () => {
  const { end, lines } = await run('cleanupOnSigterm(reaper, handles);', ['SIGTERM', 'SIGTERM']);
  expect(end).toBe(143);
  expect(lines).toEqual(['cancel a', 'cancel b']);
});

test('handles that are added later are cancelled too', async () => {
  const { lines } = await run(`cleanupOnSigterm(reaper, handles); handles.push({ workflowId: 'c' });`);
  expect(lines).toEqual(['cancel a', 'cancel b', 'cancel c']);
});

test('a cancel that fails comes as an error, and holds up no other', async () => {
  const { end, lines } = await run(`
    const failing = { cancelWorkflow: async (o) => { if (o.workflowId === 'a') throw new Error('no server'); return reaper.cancelWorkflow(o); } };
    cleanupOnSigterm(failing, handles, { onDone: (id, result) => say(id + ' ' + (result instanceof Error)) });`);
  expect(end).toBe(143);
  expect(lines).toEqual(['cancel b', 'a true', 'b false']);
});

test('an onDone that throws holds up no cancel, and changes no exit code', async () => {
  const { end, lines } = await run(`
    const slow = { cancelWorkflow: async (o) => { if (o.workflowId === 'b') await sleep(200); return reaper.cancelWorkflow(o); } };
    cleanupOnSigterm(slow, handles, { onDone: (id) => { if (id === 'a') throw new Error('a mistake'); say('done ' + id); } });`);
  expect(lines).toContain('done b');
  expect(end).toBe(143);
});

test('the handlers that were there before run afterwards, and the program ends when its own work does', async () => {
  const { end, lines } = await run(`
    process.on('SIGTERM', () => { say('first'); clearInterval(alive); });
    process.on('SIGTERM', () => say('second'));
    cleanupOnSigterm(reaper, handles);`);
  expect(lines).toEqual(['cancel a', 'cancel b', 'first', 'second']);
  expect(end).toBe(0);
});

test('two of them, one after the other, both clean up', async () => {
  const { end, lines } = await run(`
    cleanupOnSigterm(reaper, [{ workflowId: 'a' }]);
    cleanupOnSigterm(reaper, [{ workflowId: 'b' }]);`);
  expect(end).toBe(143);
  expect(lines).toEqual(['cancel b', 'cancel a']);
});

test('it can be taken back', async () => {
  const { end, lines } = await run(`
    process.on('SIGTERM', () => { say('first'); process.exit(5); });
    cleanupOnSigterm(reaper, handles)();`);
  expect(end).toBe(5);
  expect(lines).toEqual(['first']);
});
