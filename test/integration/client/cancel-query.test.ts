import type { WorkflowHandle } from '@temporalio/client';
import { CLI_MAIN, CliPrograms, type RanProgram } from '../../fixtures/plugin/cli-program';
import { type ActivityProcess, Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { Terminal } from '../../helpers/terminal';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

const programs = new CliPrograms();

interface Running {
  handle: WorkflowHandle;
  processes: ActivityProcess[];
}

let scene: Scene;
let worker: WorkerProcess & { taskQueue: string };
let bystander: Running;
let own: WorkflowHandle;

function cli(...args: string[]): Promise<RanProgram> {
  return programs.startCli(scene.namespace, args).ended;
}

async function start(type: string): Promise<Running> {
  const program = scene.program();
  const handle = await scene.start(worker.taskQueue, type, [program.step()]);
  return { handle, processes: await program.started() };
}

/** The server's index is some moments behind. */
async function areListed(query: string, handles: WorkflowHandle[]): Promise<void> {
  await waitUntil(`the server lists what is to be found by ${query}`, async () => {
    const ids: string[] = [];
    for await (const { workflowId } of scene.client.workflow.list({ query })) ids.push(workflowId);
    return handles.every(({ workflowId }) => ids.includes(workflowId));
  });
}

async function statusOf({ workflowId }: WorkflowHandle): Promise<string> {
  return (await scene.client.workflow.getHandle(workflowId).describe()).status.name;
}

/** The negative control of a query. */
async function othersLive(): Promise<void> {
  await beatsOn(bystander.processes);
  expect(await statusOf(bystander.handle)).toBe('RUNNING');
  expect(await statusOf(own)).toBe('RUNNING');
}

const QUERY = `WorkflowType = 'settleAll'`;

beforeAll(async () => {
  scene = await Scene.open('query');
  worker = await scene.worker({ extend: extension('with-activities') });
  await scene.servesControl();
  bystander = await start('runAll');
  // One of ours by its task queue, which the query selects too. Nobody there knows its type, so it goes on.
  own = await scene.client.workflow.start('settleAll', {
    taskQueue: 'temporal-reaper',
    workflowId: 'temporal-reaper/planted',
    workflowExecutionTimeout: '10m',
  });
});
afterAll(async () => {
  programs.end();
  await scene?.end();
});

test('selects, lists and cancels what matches, and nothing else', async () => {
  const both = [await start('settleAll'), await start('settleAll')];
  await areListed(QUERY, [own, ...both.map(({ handle }) => handle)]);
  const ids = both.map(({ handle }) => handle.workflowId).sort();

  const refused = await cli('cancel', '--query', QUERY);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('pass --yes');

  const dry = await cli('cancel', '--query', QUERY, '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  for (const { handle, processes } of both) {
    expect(dry.stdout).toContain(`Would cancel workflow ${handle.workflowId} `);
    expect(dry.stdout).toMatch(new RegExp(`\\b${processes[0].pid}\\b`));
    await beatsOn(processes);
    expect(await statusOf(handle)).toBe('RUNNING');
  }
  expect(dry.stdout).toMatch(/\n2 workflows: 2 done\.\n$/);

  const ran = await cli('cancel', '--query', QUERY, '--yes', '--reason', 'a test', '-o', 'json');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  await dead(
    both.flatMap(({ processes }) => processes),
    1,
  );
  const { query, workflows } = JSON.parse(ran.stdout) as {
    query: string;
    workflows: { workflowId: string; exitCode: number; outcome: unknown }[];
  };
  expect(query).toBe(QUERY);
  expect(workflows.map(({ workflowId }) => workflowId).sort()).toEqual(ids);
  for (const { exitCode, outcome } of workflows) {
    expect({ exitCode, outcome }).toMatchObject({ exitCode: 0, outcome: { cancel: 'cancel' } });
  }
  await othersLive();
});

test('on a terminal it shows the list, and asks', async () => {
  const one = await start('settleAll');
  const query = `WorkflowId = '${one.handle.workflowId}'`;
  await areListed(query, [one.handle]);
  const onTerminal = (): Terminal =>
    new Terminal(process.execPath, [CLI_MAIN, 'cancel', '--query', query], {
      columns: 200,
      env: { TEMPORAL_ADDRESS: testServerAddress(), TEMPORAL_NAMESPACE: scene.namespace },
    });
  const asked = async (terminal: Terminal, answer: string): Promise<number> => {
    await waitUntil('it asks', () => terminal.text.includes('Kill the processes of 1 workflow and cancel it? [y/N]'));
    expect(terminal.text).toMatch(new RegExp(`WORKFLOW +RUN +TYPE\\s+${one.handle.workflowId} .* settleAll`));
    terminal.press(answer);
    const code = await terminal.exitCode();
    await terminal.close();
    return code;
  };

  const refusing = onTerminal();
  expect(await asked(refusing, 'n\r')).toBe(1);
  expect(refusing.text).toContain('Nothing was killed.');
  await beatsOn(one.processes);
  expect(await statusOf(one.handle)).toBe('RUNNING');

  const agreeing = onTerminal();
  expect(await asked(agreeing, 'y\r')).toBe(0);
  await dead(one.processes, 1);
  expect(agreeing.text).toMatch(new RegExp(`done ${one.handle.workflowId} \\(run .*\\): \\w+; 1 process dead`));
  expect(agreeing.text).toContain('1 workflow: 1 done.');
  expect(await endOf(one.handle)).toBe('COMPLETED'); // it swallows the cancel
  await othersLive();
});

test.each([
  ['that is none', 'nonsense', 2, 'QUERY_INVALID'],
  ['of an unknown attribute', `NoSuch = 'x'`, 2, 'QUERY_INVALID'],
  ['that would close the parenthesis around it', `WorkflowType = 'x') OR (WorkflowType = 'runAll'`, 2, 'QUERY_INVALID'],
  ['that selects nothing', `WorkflowType = 'no-such'`, 1, 'TARGET_NOT_FOUND'],
  ['that selects only closed workflows', `ExecutionStatus = 'Completed'`, 1, 'TARGET_NOT_FOUND'],
  ['that selects only our own', `TaskQueue = 'temporal-reaper'`, 1, 'TARGET_NOT_FOUND'],
])('a query %s is one error, and nothing is killed', async (_what, query, code, errorCode) => {
  for (const more of [['--yes'], ['--dry-run']]) {
    const ran = await cli('cancel', '--query', query, '-o', 'json', ...more);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: errorCode } });
  }
  await othersLive();
});
