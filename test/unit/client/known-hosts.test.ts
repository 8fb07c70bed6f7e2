import { ReaperClient } from '../../../src/client';
import { RUN_ID, closedWith, fakeServer, grpcError } from './fake-server';

const answers = { getWorkflowExecutionHistory: () => closedWith.result({ hosts: [] }) };
const pollers = (identities: string[]) => ({
  describeTaskQueue: () => ({ pollers: identities.map((identity) => ({ identity })) }),
});

test.each([
  [['1@build-1', '2@build-2'], 'biuld-1', 'no host "biuld-1": did you mean "build-1"? There are build-1, build-2'],
  [['1@build-1'], 'elsewhere', 'no host "elsewhere": There are build-1'],
  [['a stranger'], 'host-b', 'no host "host-b": no worker with temporal-reaper polls in this namespace'],
])('pollers %p, host %s: TARGET_NOT_FOUND, and nothing is asked', async (identities, hostId, message) => {
  const { client, methods } = fakeServer({ ...answers, ...pollers(identities) });
  const reaper = new ReaperClient(client);
  for (const ask of [() => reaper.killAll({ hostIds: [hostId] }), () => reaper.listHosts({ hostIds: [hostId] })]) {
    await expect(ask()).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining(message) as string,
    });
  }
  expect(methods()).not.toContain('startWorkflowExecution');
});

test('a worker that has shut down is no host to ask, unless another one of its identity polls', async () => {
  const workers = (statuses: unknown[]) => ({
    listWorkers: () => ({ workers: statuses.map((status) => ({ workerIdentity: '1@host-a', status })) }),
  });
  const ask = (more: object): Promise<unknown> => {
    const { client } = fakeServer({ ...answers, ...pollers(['1@host-a']), ...more });
    return new ReaperClient(client).listProcesses({ hostIds: ['host-a'] });
  };
  for (const gone of [[2], ['WORKER_STATUS_SHUTDOWN', 3]]) {
    await expect(ask(workers(gone))).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
  }
  await expect(ask(workers([2, 1]))).resolves.toEqual({ hosts: [] });
  await expect(ask(workers([]))).resolves.toEqual({ hosts: [] });
  const refuses = {
    listWorkers: () => {
      throw grpcError(12, 'unknown method ListWorkers');
    },
  };
  await expect(ask(refuses)).resolves.toEqual({ hosts: [] });
});

test('a server that lets nobody set the attribute which hides a list shows its run', async () => {
  const { client, calls } = fakeServer({
    ...answers,
    startWorkflowExecution: ({ searchAttributes }) => {
      if (searchAttributes) throw grpcError(3, 'TemporalNamespaceDivision attribute cannot be set');
      return { runId: RUN_ID };
    },
  });
  await expect(new ReaperClient(client).listProcesses()).resolves.toEqual({ hosts: [] });
  expect(calls.filter(({ method }) => method === 'startWorkflowExecution')).toHaveLength(2);
});

test.each([
  ['may', undefined],
  ['may not', grpcError(7, 'permission denied')],
])('a list whose caller %s delete workflows has its answer; the run of a kill stays', async (_what, refusal) => {
  const { client, methods } = fakeServer({
    ...answers,
    deleteWorkflowExecution: () => {
      if (refusal) throw refusal;
      return {};
    },
  });
  const reaper = new ReaperClient(client);
  await expect(reaper.listProcesses()).resolves.toEqual({ hosts: [] });
  expect(methods().filter((method) => method === 'deleteWorkflowExecution')).toHaveLength(1);
  await reaper.killAll();
  expect(methods().filter((method) => method === 'deleteWorkflowExecution')).toHaveLength(1);
});
