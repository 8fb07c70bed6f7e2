import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';

const root = projectRoot();
const folder = join(root, 'dist', 'native');

/** What a worker would get; refused when the level is asked for. */
const SCRIPT = `
  const { openForWorker } = require(${JSON.stringify(join(root, 'dist/src/process/containment/ladder.js'))});
  const { ownStartTicks } = require(${JSON.stringify(join(root, 'dist/src/process/table/liveness.js'))});
  const { signalProcess } = require(${JSON.stringify(join(root, 'dist/src/process/kill/signal-process.js'))});
  const { systemTable } = require(${JSON.stringify(join(root, 'dist/src/process/table/system-table.js'))});
  const mark = { hostId: 'without', workerPid: process.pid, workerStartTicks: ownStartTicks() };
  const child = require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
  (async () => {
    const { level, reason, remedy, keeper } = await openForWorker('auto', mark);
    keeper?.stop();
    const refused = await openForWorker('subreaper', mark).then(({ keeper }) => keeper.stop(), ({ code }) => code);
    const sent = signalProcess(systemTable(), systemTable().read(child.pid), 'SIGKILL');
    console.log(JSON.stringify({ level, reason, remedy, refused, sent }));
  })();`;

interface Opened {
  level: string;
  reason: string;
  remedy?: string;
  refused?: string;
  sent: string;
}

async function open(before: string[], flags: string[] = []): Promise<Opened> {
  const [command, ...args] = [...before, process.execPath, ...flags, '-e', SCRIPT];
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return JSON.parse(stdout) as Opened;
}

/** Runs what follows where something is done to the folder of the native part, seen by nobody else. */
const where = (mount: string): string[] => ['unshare', '--mount', 'sh', '-c', `${mount} && exec "$0" "$@"`];

const linux = process.platform === 'linux' ? test : test.skip;
const mayMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', folder]).status === 0;
const mounts = mayMount ? test : test.skip;
const why = mayMount ? '' : ' (skipped: we may not mount)';

function expectScan(opened: Opened, reason: RegExp, remedy: RegExp): void {
  expect(opened).toMatchObject({ level: 'scan', refused: 'CONTAINMENT_UNAVAILABLE', sent: 'sent' });
  expect(opened.reason).toMatch(reason);
  expect(opened.remedy).toMatch(remedy);
}

linux('--no-addons: the level is scan, and says why', async () => {
  expectScan(await open([], ['--no-addons']), /subreaper: Node was told to load no native addons/, /--no-addons/);
});

mounts(`a directory that is mounted noexec: the same${why}`, async () => {
  const bind = `mount --bind ${folder} ${folder} && mount -o remount,bind,noexec ${folder}`;
  expectScan(await open(where(bind)), /subreaper: its native part does not load \(.*map segment/, /noexec/);
});

mounts(`no native part for this platform: the same${why}`, async () => {
  const hide = `mount -t tmpfs none ${folder}`;
  expectScan(await open(where(hide)), /subreaper: this package has no native part for linux-/, /npm run build/);
});

mounts(`negative control: with it, the level is higher${why}`, async () => {
  expect((await open(where('true'))).level).not.toBe('scan');
});
