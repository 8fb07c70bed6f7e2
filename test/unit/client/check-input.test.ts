import { ReaperClient } from '../../../src/client';
import { fakeServer } from './fake-server';

type Case = [string, string, (client: ReaperClient) => Promise<unknown>];

const long = 'x'.repeat(1001);
const cases: Case[] = [
  ['empty workflow id', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: '' })],
  ['blank workflow id', 'OPTION_INVALID', (c) => c.terminateWorkflow({ workflowId: '  ' })],
  ['workflow id that is not a text', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: 7 as never })],
  ['too long a workflow id', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: long })],
  ['empty run id', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: 'w', runId: '' })],
  ['no activity id', 'OPTION_INVALID', (c) => c.cancelActivity({ workflowId: 'w' } as never)],
  ['empty reason', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: 'w', reason: '' })],
  ['misspelt option', 'OPTION_INVALID', (c) => c.cancelWorkflow({ workflowId: 'w', runID: 'r' } as never)],
  ['no options', 'OPTION_INVALID', (c) => c.cancelWorkflow(undefined as never)],
  [
    'grace that is not a duration',
    'OPTION_INVALID',
    (c) => c.cancelWorkflow({ workflowId: 'w', escalation: { graceMs: 'abc' as never } }),
  ],
  [
    'grace out of range',
    'OPTION_INVALID',
    (c) => c.terminateWorkflow({ workflowId: 'w', escalation: { graceMs: '2h' } }),
  ],
  ['unknown signal', 'OPTION_INVALID', (c) => c.killAll({ escalation: { signal: 'SIGFOO' as never } })],
  ['malformed host id', 'HOST_ID_INVALID', (c) => c.killAll({ hostIds: ['a/b'] })],
  ['empty list of hosts', 'OPTION_INVALID', (c) => c.killAll({ hostIds: [] })],
  ['hosts that are not a list', 'OPTION_INVALID', (c) => c.listProcesses({ hostIds: 'host-a' as never })],
  ['retry that is no boolean', 'OPTION_INVALID', (c) => c.killAll({ retry: 'false' as never })],
  ['a command without a task queue', 'OPTION_INVALID', (c) => c.startCommand({ command: { file: 'make' } } as never)],
  ['no command', 'OPTION_INVALID', (c) => c.startCommand({ taskQueue: 'q' } as never)],
  ['a command that is a text', 'OPTION_INVALID', (c) => c.startCommand({ taskQueue: 'q', command: 'make' as never })],
  ['no workflow to follow', 'OPTION_INVALID', async (c) => c.followCommand({} as never).next()],
  ['an empty run to follow', 'OPTION_INVALID', async (c) => c.followCommand({ workflowId: 'w', runId: '' }).next()],
  [
    'an empty activity to follow',
    'OPTION_INVALID',
    async (c) => c.followCommand({ workflowId: 'w', activityId: '' }).next(),
  ],
  [
    'an unknown option of what to follow',
    'OPTION_INVALID',
    async (c) => c.followCommand({ workflowId: 'w', follow: true } as never).next(),
  ],
];

test.each(cases)('%s is refused with %s before any call', async (_what, code, request) => {
  const { client, calls } = fakeServer();
  await expect(request(new ReaperClient(client))).rejects.toMatchObject({ name: 'ReaperError', code });
  expect(calls).toEqual([]);
});

test.each([[{ timeoutMs: 'soon' }], [{ timeoutMs: 10 }], [{ timeout: 5000 }]])('the client refuses %j', (options) => {
  expect(() => new ReaperClient(fakeServer().client, options as never)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }) as Error,
  );
});
