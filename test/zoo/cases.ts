/** One case of process-kill.md section 5, and what covers it. */
export interface Case {
  number: number;
  what: string;
  /** A test file, or that of a table, from the root of the project; and a text of it that names the test. */
  by?: [file: string, text: string][];
  /** Why it does not apply, or what of it is not covered. */
  not?: string;
}

const B = 'test/zoo/behaviours.ts';
const ONE = 'test/zoo/singular.test.ts';
const HOOKS = 'test/zoo/hooks.test.ts';
const ENGINE = 'test/os/kill-engine.test.ts';
const DIFFERENT = 'test/differential/engine.test.ts';
const RECYCLED = 'test/differential/recycled.test.ts';
const STRANGERS = 'test/zoo/strangers.test.ts';
const ROUTES = 'every asynchronous route is tracked once';

/** A row of the table of behaviours. */
const row = (number: number, what: string, ...texts: string[]): Case => ({
  number,
  what,
  by: texts.map((text) => [B, text]),
});
const covered = (number: number, what: string, ...by: [string, string][]): Case => ({ number, what, by });

/** All of them, in their order. */
export const cases: Case[] = [
  row(1, 'direct child', 'a direct child'),
  row(2, 'shell and grandchild', 'a shell with a pipeline'),
  row(3, 'chain of 50', 'a chain of 50 generations'),
  row(4, 'width 500', '500 children'),
  row(5, 'own process group', 'a child in its own process group', 'a double fork into a group of its own'),
  row(6, 'setsid subtree', 'a subtree in its own session'),
  row(7, 'double fork', 'a double fork in the same group'),
  row(8, 'full daemon', 'a daemon', 'a daemon, in Python'),
  row(9, 'leader exits first', 'a group whose leader has exited', 'a session whose leader has exited'),
  row(10, 'env -i in the tree', 'an empty environment, in the tree'),
  row(11, 'daemon and empty environment', 'a daemon with an empty environment'),
  row(12, 'environ overwritten', 'a daemon that overwrote its environment'),
  row(13, 'dumpable=0', 'a daemon that is not dumpable'),
  row(14, 'SIGTERM ignored', 'SIGTERM ignored'),
  row(15, 'SIGTERM, SIGINT, SIGHUP ignored, children too', 'SIGTERM, SIGINT, SIGHUP ignored, by children too'),
  row(16, 'stopped child', 'a stopped child'),
  row(17, 'ptrace-stopped child', 'a child in ptrace-stop'),
  row(18, 'zombie whose parent lives', 'a zombie whose parent lives', 'the main thread has ended, another goes on'),
  row(19, 'zombie that only init can reap', 'zombies that only init can reap'),
  row(20, 'fork bomb while it grows', 'a fork bomb while it grows'),
  row(21, 'setsid bomb', 'a fork bomb, each in its own session'),
  row(22, 'fork-and-exit 1 ms', 'fork and exit every ms, same group'),
  row(23, 'with setsid', 'fork and exit every ms, each in its own session'),
  row(24, 'without a pause', 'the same without a pause', 'the same without a pause, each in its own session'),
  covered(25, 'two activities with runners, kill one', [ONE, '25 two attempts with runners']),
  covered(26, 'innocent sibling activity', [STRANGERS, 'sibling daemon'], [DIFFERENT, 'D18']),
  covered(27, 'innocent process of the same command', [STRANGERS, 'same command line']),
  covered(28, 'kill during spawn', [DIFFERENT, 'the kill comes at any moment of the first 40 ms']),
  covered(29, 'spawn after the cancel dies at once', [DIFFERENT, "rejects.toThrow('was killed')"]),
  covered(30, 'failed spawn leaves no record', [ONE, '30 a start that fails']),
  covered(31, 'recycled pid', [RECYCLED, 'D7'], ['test/zoo/recycle.ts', 'a process dies in its grace']),
  covered(32, 'recycled group', ['test/zoo/recycle.ts', 'a stranger leads a group of the number']),
  covered(33, 'signal after the exit', [ONE, '46 a kill of an attempt whose processes have ended signals nobody']),
  covered(
    34,
    'pid 0, 1, -1, NaN, self, ancestor, own group',
    ['test/os/kill-process-tree.test.ts', 'PROCESS_PROTECTED'],
    [ENGINE, 'as root or group is not signalled'],
  ),
  row(35, 'name `a) R 1 (b`', 'a name like the fields of /proc/PID/stat'),
  row(36, '120 KB of environment, marker last', 'a daemon with 120 KB of environment'),
  covered(37, 'lookalikes of the marker', [STRANGERS, 'a longer name']),
  covered(38, 'empty marker', [STRANGERS, 'no value']),
  {
    number: 39,
    what: 'another user: EPERM is reported',
    by: [
      [B, 'a child that became root by a set-user-id program'],
      [DIFFERENT, 'a process that may not be signalled is reported as denied'],
    ],
  },
  covered(40, 'unkillable: honest in time', [ONE, '40 and 68 an unkillable process']),
  covered(41, 'exits in its grace: no SIGKILL, returns early', [
    ENGINE,
    'ends with the last process, and SIGKILL is not sent',
  ]),
  covered(42, 'cleans up, exit code kept', [ONE, '42 who cleans up on SIGTERM']),
  row(43, 'SIGTERM handler forks', 'a child that comes in answer to SIGTERM'),
  covered(44, 'order of escalation', [ENGINE, 'ends with SIGKILL for who ignores SIGTERM, not before']),
  covered(45, 'killed twice, and at once', [ENGINE, 'the same kill twice at once is as good as one']),
  covered(46, 'kill of a finished activity', [ONE, '46 a kill of an attempt whose processes have ended']),
  covered(47, 'pipe held by an escaped grandchild', [ONE, '47 a pipe that a daemon holds open']),
  covered(48, 'every route, hook before and after', [HOOKS, ROUTES]),
  covered(49, 'promisify.custom and its child', [HOOKS, 'promisify keeps its child']),
  covered(50, 'other exports are equal', [HOOKS, 'no other export is changed']),
  {
    number: 51,
    what: 'double install, uninstall',
    by: [[HOOKS, 'a second install changes nothing']],
    not: 'the hooks have no uninstall: outside of an attempt they pass everything through',
  },
  covered(52, 'a second wrapper, both orders', [HOOKS, 'a wrapper of somebody else, inside or outside of ours']),
  {
    number: 53,
    what: 'node-pty',
    by: [['test/integration/api/tracking.test.ts', 'a process that no hook saw is killed']],
    not: 'node-pty itself is no dependency (it has no build for Linux); what it starts is tracked by `track`',
  },
  {
    number: 54,
    what: 'spawn in a worker thread',
    by: [['test/integration/api/tracking.test.ts', "describe('track'"]],
    not: 'no hook reaches a thread: what it starts is tracked by `track` and `markerEnv` alone',
  },
  covered(55, 'cluster.fork', [HOOKS, 'fork and cluster.fork talk']),
  covered(56, 'fork still talks', [HOOKS, 'fork and cluster.fork talk']),
  covered(57, 'execa under the hook', [HOOKS, "execa's cancelSignal, forceKillAfterDelay"]),
  covered(
    58,
    'spawnSync killed from the thread',
    ['test/integration/cancel/blocked-loop.test.ts', 'a cancel kills, and its loop is free again'],
    [B, 'left in the group by spawnSync'],
  ),
  covered(59, 'execSync pipeline: loop is free', ['test/differential/temporal.test.ts', 'D5']),
  covered(60, 'early ES import of spawnSync', [HOOKS, 'ES module spawnSync, imported early']),
  covered(61, 'worker SIGKILLed, then the next one', [
    'test/integration/crash/sweep.test.ts',
    'the next worker of the host kills all of it',
  ]),
  covered(62, 'worker with the same pid from before', [STRANGERS, 'a worker of that number from before']),
  covered(63, 'sweep spares living workers', [
    'test/integration/crash/sweep.test.ts',
    'it spares those of a living worker of the host',
  ]),
  {
    number: 64,
    what: '400 daemonising spawns: no exit code lost, no zombie',
    by: [[ONE, '64 ${SPAWNS} programs that daemonise']],
    not: 'while the main loop is blocked in spawnSync: that belongs to the level that reaps, subreaper',
  },
  { number: 65, what: 'exit event of node-pty', not: 'node-pty is no dependency, see 53' },
  covered(
    66,
    'cgroup refused: no vacuous empty',
    ['test/zoo/trial.ts', 'The report vouches for the end of'],
    ['test/zoo/environments.ts', 'unavailable'],
  ),
  { number: 67, what: 'cgroup with cgroups below', not: 'belongs to the level cgroup and its own tests' },
  covered(68, 'frozen before the kill', [ONE, '40 and 68 an unkillable process']),
  { number: 69, what: 'user namespace forbidden', not: 'no level needs one' },
  covered(70, '/proc with hidepid=2', [ONE, '70 /proc with hidepid=2']),
  covered(71, '/proc absent, or a short listing', [ONE, '71 without /proc']),
  {
    number: 72,
    what: '3,000 strangers: time and lag',
    by: [['bench/cancel.ts', 'STRANGERS = 3_000']],
    not: 'times are measured by benchmarks, never by tests',
  },
  covered(73, 'under CPU load', [ONE, '73 under load, three busy loops']),
  covered(
    74,
    'untracked survives',
    ['test/integration/api/tracking.test.ts', "describe('untracked'"],
    [STRANGERS, 'untracked: true'],
  ),
  covered(75, 'random steps against a model', [
    'test/zoo/model.test.ts',
    'who lives and who dies is what the model says',
  ]),
  covered(76, 'what the original kills, we kill', ['test/differential/defects.test.ts', 'each defect D1 to D19']),
];
