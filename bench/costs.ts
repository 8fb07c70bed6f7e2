/**
 * `node scripts/bench.mjs costs [--idle SECONDS] [--settle SECONDS]`: counts the calls that the plugin adds, by a proxy between a worker, or a
 * client, and a dev server; writes docs/costs.md. Figures are counts, so that a busy machine changes them little.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type DevServer, projectRoot, startDevServer } from '../dev/dev-server';
import { ReaperClient } from '../src/client';
import { HeartbeatProxy } from '../test/fixtures/plugin/heartbeat-proxy';
import { controlIsServed } from '../test/helpers/control-served';
import { processesWithArgument } from '../test/helpers/kernel-oracle';
import { waitUntil } from '../test/helpers/wait-until';
import { WorkerProcess } from '../test/helpers/worker-process';
import { environment } from './report';

type Counts = Record<string, number>;

interface Row {
  what: string;
  worker: Counts;
  client: Counts;
  /** Events of the user's run, and of our own. */
  events?: number;
  ownEvents?: number;
  actions?: number;
}

/** A worker and a client, each behind its own proxy. */
class Counted {
  private constructor(
    readonly workerProxy: HeartbeatProxy,
    readonly clientProxy: HeartbeatProxy,
    readonly connection: Connection,
    readonly client: Client,
    readonly worker: WorkerProcess,
    readonly taskQueue: string,
  ) {}

  static async start({ address }: DevServer, withPlugin: boolean): Promise<Counted> {
    const workerProxy = await HeartbeatProxy.start(address);
    const clientProxy = await HeartbeatProxy.start(address);
    const connection = await Connection.connect({ address: clientProxy.address });
    const taskQueue = `costs-${withPlugin ? 'with' : 'without'}`;
    const plugin = withPlugin ? {} : (false as const);
    const worker = await WorkerProcess.start({ address: workerProxy.address, taskQueue, plugin });
    if (withPlugin) await controlIsServed(await Connection.connect({ address }), {});
    return new Counted(workerProxy, clientProxy, connection, new Client({ connection }), worker, taskQueue);
  }

  /** The calls made while `work` runs. */
  async during(work: () => Promise<unknown>): Promise<{ worker: Counts; client: Counts }> {
    const [worker, client] = [new Map(this.workerProxy.counts), new Map(this.clientProxy.counts)];
    await work();
    return { worker: difference(worker, this.workerProxy.counts), client: difference(client, this.clientProxy.counts) };
  }

  /** Starts a run with one process and no heartbeat. */
  async run(cancellationType: 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED'): Promise<string> {
    const workflowId = `costs-${Date.now()}`;
    const step = {
      name: 'run',
      args: ['sh', ['-c', `sleep 1000 # ${workflowId}`]],
      options: { startToCloseTimeout: '10m', cancellationType },
    };
    await this.client.workflow.start('runAll', { taskQueue: this.taskQueue, workflowId, args: [[step]] });
    await waitUntil('its process runs', () => processesWithArgument(workflowId).length > 0, { timeoutMs: 30_000 });
    return workflowId;
  }

  async closed(workflowId: string): Promise<void> {
    const handle = this.client.workflow.getHandle(workflowId);
    await handle.result().catch(() => undefined); // cancelled
  }

  async events(workflowId: string): Promise<temporal.api.history.v1.IHistoryEvent[]> {
    return (await this.client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.connection.close();
    await Promise.all([this.workerProxy.stop(), this.clientProxy.stop()]);
  }
}

function difference(before: Map<string, number>, after: Map<string, number>): Counts {
  const more = [...after].map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)]);
  return Object.fromEntries(more.filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]));
}

/** The actions that Temporal Cloud lists, counted in histories and calls. */
function actionsOf(events: temporal.api.history.v1.IHistoryEvent[], calls: Counts): number {
  const billed = events.filter(
    (event) =>
      event.workflowExecutionStartedEventAttributes ??
      event.activityTaskScheduledEventAttributes ??
      event.timerStartedEventAttributes ??
      event.markerRecordedEventAttributes ??
      event.workflowExecutionSignaledEventAttributes,
  );
  return billed.length + (calls.RecordActivityTaskHeartbeat ?? 0) + (calls.QueryWorkflow ?? 0);
}

function perHour(counts: Counts, seconds: number): Counts {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, Math.round((count / seconds) * 3600)]),
  );
}

async function measureIdle(counted: Counted, seconds: number, what: string): Promise<Row> {
  const { worker, client } = await counted.during(() => sleep(seconds * 1000));
  return { what, worker: perHour(worker, seconds), client: perHour(client, seconds) };
}

async function measureCancel(counted: Counted, what: string, withPlugin: boolean): Promise<Row> {
  const workflowId = await counted.run(withPlugin ? 'WAIT_CANCELLATION_COMPLETED' : 'TRY_CANCEL');
  const calls = await counted.during(async () => {
    await counted.client.workflow.getHandle(workflowId).cancel();
    await counted.closed(workflowId);
  });
  const events = await counted.events(workflowId);
  for (const pid of processesWithArgument(workflowId)) process.kill(pid, 'SIGKILL');
  return { what, ...calls, events: events.length, actions: actionsOf(events, calls.worker) };
}

async function measureReaperClient(counted: Counted): Promise<Row> {
  const reaper = new ReaperClient(counted.client);
  const workflowId = await counted.run('WAIT_CANCELLATION_COMPLETED');
  const { runId } = await counted.client.workflow.getHandle(workflowId).describe();
  const calls = await counted.during(() => reaper.cancelWorkflow({ workflowId }));
  const events = await counted.events(workflowId);
  const own = await counted.events(`temporal-reaper/cancel-workflow/${workflowId}/${runId}`);
  return {
    what: '`ReaperClient.cancelWorkflow`, or `temporal-reaper cancel`',
    ...calls,
    events: events.length,
    ownEvents: own.length,
    actions: actionsOf([...events, ...own], calls.worker),
  };
}

async function measurePreview(counted: Counted): Promise<Row> {
  const reaper = new ReaperClient(counted.client);
  const workflowId = await counted.run('WAIT_CANCELLATION_COMPLETED');
  const calls = await counted.during(() => reaper.previewCancel({ workflowId }));
  await counted.client.workflow.getHandle(workflowId).cancel();
  await counted.closed(workflowId);
  return { what: '`previewCancel`, or `temporal-reaper cancel --dry-run`', ...calls };
}

async function measureSelection(counted: Counted): Promise<Row> {
  const reaper = new ReaperClient(counted.client);
  const workflowId = await counted.run('WAIT_CANCELLATION_COMPLETED');
  const query = `WorkflowId = '${workflowId}'`;
  const isIndexed = async (): Promise<boolean> => (await counted.client.workflow.count(query)).count > 0;
  await waitUntil('the run is in the index', isIndexed, { timeoutMs: 30_000 });
  const calls = await counted.during(() => reaper.selectWorkflows({ query }));
  await counted.client.workflow.getHandle(workflowId).cancel();
  await counted.closed(workflowId);
  return { what: '`selectWorkflows`: once for a `temporal-reaper cancel --query`, besides its cancels', ...calls };
}

async function measureList(counted: Counted): Promise<Row> {
  const reaper = new ReaperClient(counted.client);
  const calls = await counted.during(() => reaper.listProcesses());
  return { what: '`listProcesses`, or `temporal-reaper ps`, one worker', ...calls };
}

const sum = (counts: Counts): number => Object.values(counts).reduce((all, count) => all + count, 0);
const names = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || '-';

function table(rows: Row[], head: string[], cells: (row: Row) => (string | number | undefined)[]): string {
  const line = (texts: (string | number | undefined)[]): string =>
    `| ${texts.map((text) => text ?? '-').join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(cells(row)))].join('\n');
}

function page(idle: Row[], single: Row[], seconds: number, server: string): string {
  const { date, commit, node } = environment(server);
  return `# What it costs

Written by \`node scripts/bench.mjs costs\`; not edited by hand. The script counts the calls that pass through a proxy between
one worker, or one client, and a dev server.

- Date: ${date}, commit ${commit}, Node ${node}, Temporal dev server ${server}, push of cancels off

## At rest

Calls of one worker process per hour, extrapolated from ${seconds} s of counting after its polls have settled.

${table(idle, ['what', 'calls an hour', 'of which'], ({ what, worker }) => [what, sum(worker), names(worker)])}

The plugin polls three task queues for activities and one for workflows. Each long poll returns empty after a minute. At the
start there are five polls for each of the activity queues, at rest one; under load the server asks for up to 50. With a
server that gives no such advice, five remain. On the Workers page of the Temporal UI (\`temporal worker list\`), one process
with one Worker shows as two workers: its own, and one named \`temporal-reaper\` for everything that the reaper runs, kept
there by one call a minute. Inline, where the SDK reports each Worker, it shows as five (\`control: false\`: four).

## For each request

One activity with one process, no heartbeat. "Actions" are those that Temporal Cloud lists, counted in the histories and
calls: a workflow's start, each activity, timer, signal, query and heartbeat, and the local activities of a workflow task.
This is an estimate, not a bill. A worker's calls include its long polls that returned a task.

${table(
  single,
  ['what', "worker's calls", "client's calls", 'events of the run', 'events of ours', 'actions'],
  ({ what, worker, client, events, ownEvents, actions }) => [
    what,
    sum(worker),
    sum(client),
    events,
    ownEvents,
    actions,
  ],
)}

${single.map(({ what, worker, client }) => `- ${what}. Worker: ${names(worker)}. Client: ${names(client)}.`).join('\n')}

A list asks each worker with one activity (three events), and runs one more for each worker that does not answer. Its run
appears in no list of workflows. It is deleted after it has answered if the caller may delete workflows; otherwise it
disappears with the namespace's retention.
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      idle: { type: 'string', default: '120' },
      // Polls that start as five settle at one: each ends after a minute without work.
      settle: { type: 'string', default: '150' },
    },
  });
  const seconds = Number(values.idle);
  const server = await startDevServer();
  try {
    const [bare, guarded] = [await Counted.start(server, false), await Counted.start(server, true)];
    await sleep(Number(values.settle) * 1000);
    const idle = await Promise.all([
      measureIdle(bare, seconds, 'without the plugin'),
      measureIdle(guarded, seconds, 'with it'),
    ]);
    const live = await guarded.run('WAIT_CANCELLATION_COMPLETED');
    idle.push(await measureIdle(guarded, seconds, 'with it, and one run with a live process'));
    await guarded.client.workflow.getHandle(live).terminate();
    await waitUntil('its process is dead', () => processesWithArgument(live).length === 0);
    const single = [
      await measureCancel(bare, 'cancel of a run, without the plugin (its process lives on)', false),
      await measureCancel(guarded, 'cancel of a run, with it', true),
      await measureReaperClient(guarded),
      await measureList(guarded),
      await measurePreview(guarded),
      await measureSelection(guarded),
    ];
    const path = join(projectRoot(), 'docs', 'costs.md');
    writeFileSync(path, page(idle, single, seconds, server.serverVersion));
    console.log(path);
    await Promise.all([bare.stop(), guarded.stop()]);
  } finally {
    await server.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
