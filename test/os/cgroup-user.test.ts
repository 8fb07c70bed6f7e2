import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TestRun } from '../fixtures/processes/test-run';
import { NOBODY } from '../helpers/another-user';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { describeNobody, describeRoot } from './cgroup-here';
import { cgroupOf, mountPoint, ownDirectory } from './cgroup-kernel';
import { LabWorker } from './cgroup-workers';

const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const LADDER = resolve(__dirname, '../../dist/src/process/containment/ladder.js');

let run: TestRun;
let dir: string;
let subtree: string;
beforeEach(() => {
  run = new TestRun();
  dir = run.newDir();
  for (const each of [run.dir, dir]) chmodSync(each, 0o777);
  subtree = join(ownDirectory, `temporal-reaper-test-${randomUUID()}`);
  mkdirSync(subtree);
});
afterEach(async () => {
  await run?.end();
  await waitUntil('the subtree is empty', () => {
    spawnSync('find', [subtree, '-mindepth', '1', '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    try {
      rmdirSync(subtree);
      return true;
    } catch {
      return !existsSync(subtree);
    }
  });
});

/** A command that enters the subtree and becomes the given one. */
const entering = (...command: string[]): string[] => [
  'sh',
  '-c',
  'echo 0 >"$0/cgroup.procs" && exec "$@"',
  subtree,
  ...command,
];

function delegate(): void {
  for (const file of ['', 'cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']) {
    chownSync(join(subtree, file), NOBODY, NOBODY);
  }
}

/** What a process says of a level, which is started so. */
function opening(level: string, before: string[]): string {
  const script = `require(${JSON.stringify(LADDER)})
    .openForWorker(${JSON.stringify(level)}, { hostId: 'h', workerPid: process.pid, workerStartTicks: '1' })
    .then(({ level, reason }) => console.log(level + ': ' + reason), ({ code, message }) => console.log(code + ': ' + message));`;
  const [file, ...args] = [...before, process.execPath, '-e', script];
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: { ...run.env, NODE_OPTIONS: '' } });
  return stdout + stderr;
}

describeNobody('a user without rights, in a subtree', () => {
  test('that is delegated to it: the worker has the level, and kills what only the cgroup knows', async () => {
    delegate();
    const worker = await LabWorker.start(run, { level: 'auto' }, 'scrubbed-daemon', entering(...asNobody), dir);
    expect(worker.says).toMatchObject({ level: 'cgroup', reason: '' });
    expect(worker.says.directory.startsWith(`${subtree}/`)).toBe(true);
    expect(cgroupOf(worker.pidOf('daemon'))).toMatch(/temporal-reaper:/);
    await worker.end('SIGTERM');
    expect(isRunning(worker.pidOf('daemon'))).toBe(false);
    expect(existsSync(worker.says.directory)).toBe(false);
  });

  test('that is delegated to it: its guardian has the same rights', async () => {
    delegate();
    Object.assign(run.env, { XDG_RUNTIME_DIR: dir }); // for the report
    const worker = await LabWorker.start(run, { guardian: true }, 'scrubbed-daemon', entering(...asNobody), dir);
    await worker.end('SIGKILL');
    await waitUntil('the daemon is dead', () => !isRunning(worker.pidOf('daemon')));
    await waitUntil('the cgroups are gone', () => !existsSync(worker.says.directory));
  });

  test('that is not: auto falls to a lower level and says why, and the daemon goes on', async () => {
    const worker = await LabWorker.start(run, { level: 'auto' }, 'scrubbed-daemon', entering(...asNobody), dir);
    expect(worker.says.level).not.toBe('cgroup');
    expect(worker.says.reason).toContain("cgroup: no cgroup can be made below the worker's own (EACCES)");
    await worker.end('SIGTERM');
    if (worker.says.level === 'scan') await run.beatsGoOn(worker.beatFile('daemon'));
  });

  test('that is not: who demands the level is told what it needs', () => {
    const said = opening('cgroup', entering(...asNobody));
    expect(said).toMatch(/^CONTAINMENT_UNAVAILABLE: .*"cgroup" is unavailable: no cgroup can be made.*Delegate=yes/);
  });

  test('that is its own, while the one that it comes from is not: it cannot enter, and nothing is assumed', () => {
    // The rights on the directory alone: a process may be moved only below an ancestor that is the user's too.
    chownSync(subtree, NOBODY, NOBODY);
    expect(opening('cgroup', entering(...asNobody))).toMatch(/no process gets into a cgroup of ours \(EACCES\)/);
    expect(existsSync(join(subtree, 'temporal-reaper:h'))).toBe(false);
  });
});

describeRoot('a worker in a container', () => {
  test('that has cgroup2 read-only is told so', () => {
    const script = `mount -o remount,bind,ro ${mountPoint} && exec "$@"`;
    const said = opening('cgroup', ['unshare', '--mount', 'sh', '-c', script, 'sh']);
    expect(said).toMatch(/the cgroup2 file system is mounted read-only.*Mount it writable/);
  });

  test('that has a cgroup namespace of its own, and cgroup2 mounted in it, has the level', () => {
    const mount = `umount ${mountPoint} && mount -t cgroup2 none ${mountPoint} && exec "$@"`;
    const said = opening('auto', entering('unshare', '--cgroup', '--mount', 'sh', '-c', mount, 'sh'));
    expect(said).toBe('cgroup: \n');
  });

  test('that has a cgroup namespace of its own, and only the mount of the outside, is told so', () => {
    expect(opening('cgroup', entering('unshare', '--cgroup'))).toMatch(/no cgroup2 mount shows our own cgroup/);
  });

  test('that has its cgroup mounted alone has the level', () => {
    const mount = `mount --bind ${subtree} ${mountPoint} && exec "$@"`;
    expect(opening('auto', entering('unshare', '--mount', 'sh', '-c', mount, 'sh'))).toBe('cgroup: \n');
  });

  test('whose cgroup2 is not mounted is told so', () => {
    const umount = `umount ${mountPoint} && exec "$@"`;
    expect(opening('cgroup', ['unshare', '--mount', 'sh', '-c', umount, 'sh'])).toMatch(
      /no cgroup2 file system is mounted/,
    );
  });

  test('that may make no more cgroups is told so', () => {
    writeFileSync(join(subtree, 'cgroup.max.descendants'), '0');
    expect(opening('cgroup', entering())).toMatch(/no cgroup can be made below the worker's own/);
    expect(opening('auto', entering())).toMatch(/^(?:subreaper|scan): .*cgroup: no cgroup can be made/);
  });
});
