/** Runs a real worker with the plugin in a container, on a real server outside it, via the host's loopback interface. */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { atTheEnd, until } from './bounded.mjs';
import { workers } from './set-ups.mjs';

const require = createRequire(import.meta.url);
const KILLED_WITHIN = 15;

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended meanwhile
  }
}

/** Finds processes by command line; the host sees the processes of all containers. */
function processesWith(...words) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => words.every((word) => commandLine(pid).includes(word)));
}

/** Starts a child, a daemon, and a daemon with an empty environment; the number of seconds that they sleep is their mark. */
const program = (mark) => `
setsid sh -c 'sleep ${mark} >/dev/null 2>&1 &'
setsid env -i /bin/sh -c 'sleep ${mark} >/dev/null 2>&1 &'
sleep ${mark}`;
const PROCESSES = 3;

async function startWorker(docker, name, args, fixture) {
  const options = ['run', '--rm', '-i', '--network=host', '-w', '/', '-v', `${root}:/app:ro`, '--name', name];
  const command = ['trial', '/usr/bin/node', '/app/dist/test/fixtures/worker.js', JSON.stringify(fixture)];
  const client = spawn('docker', ['-H', docker.socket, ...options, ...args, ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  atTheEnd(() => client.kill('SIGKILL'));
  let text = '';
  let isReady = false;
  for (const stream of [client.stdout, client.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      text = `${text}${line}\n`.slice(-2_000);
      isReady ||= line === 'ready';
    });
  }
  const exit = new Promise((settle) => client.once('exit', settle));
  await until('the worker is ready', () => isReady || client.exitCode !== null);
  if (!isReady) throw new Error(`The worker does not start: ${text}`);
  return { exit, end: () => client.stdin.end() };
}

/** @returns a text on what a cancel of a workflow, and the worker's death, have left */
async function tryOne(docker, client, address, number, { args, plugin = true }) {
  const taskQueue = `docker-${process.pid}-${number}`;
  const fixture = { address, taskQueue, plugin: plugin && { control: true, hostId: taskQueue } };
  const worker = await startWorker(docker, taskQueue, args, fixture);
  let mark;
  const alive = () => processesWith('sleep', mark).length;
  const begin = async (ending) => {
    mark = `${200_000 + process.pid}.${number}${ending.length}`;
    const workflowId = `${taskQueue}-${ending}`;
    const step = {
      name: 'run',
      args: ['sh', ['-c', program(mark)]],
      taskQueue,
      options: { retry: { maximumAttempts: 1 } },
    };
    const handle = await client.workflow.start('runAll', { taskQueue, workflowId, args: [[step]] });
    await until('its processes run', () => alive() === PROCESSES);
    return handle;
  };
  const within = async (what) => {
    await until(what, () => alive() === 0, KILLED_WITHIN).catch(() => undefined);
    return alive() > 0 ? `**${alive()} left**` : '-';
  };
  const cancelled = await begin('cancel');
  await cancelled.cancel();
  const cancel = await within('a cancel has killed them');
  await begin('crash');
  const [pid] = processesWith('/usr/bin/node', JSON.stringify(fixture)).filter(
    (each) => commandLine(each)[0] === '/usr/bin/node',
  );
  process.kill(pid, 'SIGKILL');
  const crash = await within('the death of the worker has killed them');
  await worker.exit;
  return { cancel, crash };
}

/** @returns { about, rows }, for the page */
export async function tryWorkers(docker, folder, isAsked) {
  const { startDevServer } = require(join(root, 'dist/dev/dev-server.js'));
  const { Client, Connection } = require('@temporalio/client');
  const server = await startDevServer({ logDir: folder });
  const connection = await Connection.connect({ address: server.address });
  const rows = [];
  try {
    const client = new Client({ connection });
    for (const [number, { name, ...setUp }] of workers.filter((each) => isAsked(each.name)).entries()) {
      const what = await tryOne(docker, client, server.address, number, setUp).catch(({ message }) => ({
        error: message,
      }));
      console.log(`${name}: ${JSON.stringify(what)}`);
      rows.push({ name, how: ['--network=host', ...setUp.args].join(' '), ...what });
    }
  } finally {
    await connection.close();
    await server.stop();
  }
  return { about: `Temporal server ${server.serverVersion}`, rows };
}
