import type { CommandNews } from '../../../src/client';
import type { ServerFacts } from '../../../src/client/examine';
import type { ConnectedClient } from '../../../src/cli/context';
import { exitCodeOfCommand } from '../../../src/cli/exit-code-of-command';
import { fakeCli } from './fake-cli';

const started = { workflowId: 'w', runId: 'r', activityId: 'command' };
const result = {
  exitCode: 0,
  stdout: 'a',
  stderr: '',
  stdoutBytes: 1,
  stderrBytes: 0,
  truncated: false,
  durationMs: 5,
};
const RUN = ['run', '--task-queue', 'q'];

async function* news(...all: CommandNews[]): AsyncGenerator<CommandNews> {
  yield* all;
}

/** A command line whose command has this news. */
function cliWith(follow: () => AsyncGenerator<CommandNews>, cancel: () => Promise<unknown> = async () => ({})) {
  const answers: Record<string, unknown> = {
    startCommand: async () => started,
    followCommand: follow,
    cancelWorkflow: cancel,
  };
  const cli = fakeCli();
  const reaper = new Proxy({} as ConnectedClient['reaper'], {
    get: (_target, method: keyof ConnectedClient['reaper']) => (options: unknown) => {
      cli.calls.push([method, options]);
      return (answers[method] as () => unknown)();
    },
  });
  const connected = {
    reaper,
    namespace: 'shop',
    examine: async () => ({}) as ServerFacts,
    close: async () => undefined,
  };
  return Object.assign(cli, { connect: async () => connected });
}

test.each([
  ['its own', { ...result, exitCode: 7 }, 7],
  ['that of a signal', { ...result, exitCode: -1, signal: 'SIGKILL' }, 137],
  ['a failure without a result', undefined, 1],
  ['a command that did not start', { ...result, exitCode: -1 }, 1],
])('the exit code is %s', (_what, ended, code) => {
  expect(exitCodeOfCommand({ type: 'end', how: 'failed', result: ended })).toBe(code);
});

test('what follows the command is its own; the rest is the request', async () => {
  const cli = cliWith(() => news({ type: 'end', how: 'completed', result }));
  expect(await cli.run(...RUN, '--env', 'A=1', '--env', 'B=2', '--grace', '5s', 'make', '-j', '--env', 'C')).toBe(0);
  expect(cli.calls[0]).toEqual([
    'startCommand',
    {
      taskQueue: 'q',
      command: {
        file: 'make',
        args: ['-j', '--env', 'C'],
        env: { A: '1', B: '2' },
        graceMs: 5_000,
        keepBytes: 900_000,
      },
    },
  ]);
});

test('output goes where it belongs, and says what is missing', async () => {
  const cli = cliWith(() =>
    news(
      { type: 'waiting' },
      { type: 'waiting' },
      { type: 'output', stream: 'stdout', text: 'out', missedBytes: 0 },
      { type: 'output', stream: 'stderr', text: 'err', missedBytes: 9 },
      { type: 'end', how: 'completed', result },
    ),
  );
  await cli.run(...RUN, 'make');
  expect(cli.stdout.text).toBe('out');
  expect(cli.stderr.text).toBe('Waiting for a worker …\n… 9 bytes of stderr are not kept …\nerr');
});

test('the first signal cancels, and waits for the end; the second stops waiting', async () => {
  const never = new Promise<never>(() => undefined);
  async function* endless(): AsyncGenerator<CommandNews> {
    yield { type: 'waiting' };
    await never;
  }
  const cli = cliWith(endless, () => never);
  const running = cli.run(...RUN, 'make');
  await new Promise((resolve) => setTimeout(resolve, 10));
  cli.signals.emit('SIGINT');
  expect(cli.calls.map(([method]) => method)).toContain('cancelWorkflow');
  cli.signals.emit('SIGINT');
  expect(await running).toBe(130);
  expect(cli.stderr.text).toMatch(/still being cancelled/);
  expect(cli.signals.listenerCount('SIGINT')).toBe(0);
});

test('as JSON the end is one document, with the ids', async () => {
  const cli = cliWith(() => news({ type: 'end', how: 'completed', result }));
  await cli.run(...RUN, '-o', 'json', 'make');
  expect(JSON.parse(cli.stdout.text)).toEqual({ ...started, how: 'completed', result });
});
