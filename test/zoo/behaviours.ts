import { chmodSync, chownSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINMENT_LEVELS, type ContainmentLevel } from '../../src/contract/kill-report';
import { type FixtureName, processFixtures } from '../fixtures/processes';
import { compiled, noCompiler } from './compile';
import { type Environment, full } from './environments';
import type { HostProgram, HostRoute } from './host/protocol';

/** Who is alive after the kill; `sometimes`: in at least one of all tries at the level, never anybody else. */
export type Expected = { always: string[] } | { sometimes: string[] };

/** Who survives, level by level; a level that is not named: nobody. */
type Survivors = Partial<Record<ContainmentLevel, Expected>>;

/** One way to behave, and who of it survives a kill at each level. */
export interface Behaviour {
  name: string;
  /** Numbers of the cases that it is; see cases.ts. */
  cases: number[];
  /** The program, for a folder that exists. */
  program: (dir: string, environment: Environment) => HostProgram;
  route?: HostRoute;
  /** Another route for a second try in a full run. */
  alsoBy?: HostRoute;
  /** Processes that announce themselves with a pid file before the kill. */
  announced: string[];
  /** Processes that have no pid file of their own, together; judged by their beat and by their command line. */
  crowd?: string;
  /** Those of the announced that have exited before the kill. */
  exited?: string[];
  /** Beats of the crowd before the kill. */
  crowdBeats?: number;
  survivors: Survivors;
  /** The same for a worker that is nobody, where it differs. */
  asNobody?: Survivors;
  /** How often it is tried: races. */
  rounds?: number;
  /** Nothing else runs beside it. */
  alone?: true;
  /** Why it cannot be tried there. */
  obstacle?: (environment: Environment) => string | undefined;
}

function fixture(name: FixtureName, cases: number[], more: Partial<Behaviour> = {}): Behaviour {
  const { command, args, roles } = processFixtures[name];
  // Node programs run with the host's own Node.
  const program = (dir: string, { node }: Environment): HostProgram => ({
    command: command === process.execPath ? node : command,
    args: args(dir),
  });
  return { name, cases, program, announced: roles, survivors: {}, ...more };
}

interface CProgram extends Partial<Behaviour> {
  announced: string[];
}

function c(name: string, cases: number[], file: string, args: string[], more: CProgram): Behaviour {
  return {
    name,
    cases,
    program: (dir) => ({ command: compiled(file), args: [dir, ...args] }),
    survivors: {},
    obstacle: () => noCompiler(),
    ...more,
  };
}

/** A child that takes the steps while its parent goes on; see programs/escapee.c. */
function escapee(name: string, cases: number[], steps: string, more: Partial<Behaviour> = {}): Behaviour {
  return c(name, cases, 'escapee', steps.split(' '), { announced: ['main', 'escapee'], ...more });
}

const escaped: Expected = { always: ['escapee'] };
const runs: Expected = { sometimes: ['runner'] };
const many = full ? 1_000 : 200;

/** A program that a user who is not root may start as root. */
function setUidCopy(dir: string): string {
  const copy = join(dir, 'escapee');
  copyFileSync(compiled('escapee'), copy);
  chownSync(copy, 0, 0);
  chmodSync(copy, 0o4755);
  return copy;
}

export const behaviours: Behaviour[] = [
  fixture('forever', [1], { name: 'a direct child', alsoBy: 'fork' }),
  fixture('shell-pipeline', [2], { name: 'a shell with a pipeline', alsoBy: 'exec' }),
  c('a chain of 50 generations', [3], 'crowd', ['chain', '50'], { announced: ['main'], crowd: 'crowd' }),
  c('500 children', [4], 'crowd', ['fan', full ? '500' : '150'], { announced: ['main'], crowd: 'crowd' }),
  fixture('own-group', [5], { name: 'a child in its own process group', alsoBy: 'execFile' }),
  fixture('leaves-session', [6], { name: 'a subtree in its own session', alsoBy: 'execa' }),
  escapee('a double fork in the same group', [7], 'fork2', { alsoBy: 'exec' }),
  escapee('a double fork into a group of its own', [5, 7], 'setpgid fork2', { survivors: { basic: escaped } }),
  escapee('the same with an empty environment', [5, 7, 11], 'setpgid fork2 emptyenv', {
    survivors: { basic: escaped },
  }),
  escapee('a daemon', [8], 'setsid fork2', { alsoBy: 'execFile', survivors: { basic: escaped } }),
  fixture('daemonises', [8], { name: 'a daemon, in Python', survivors: { basic: { always: ['daemon'] } } }),
  fixture('leader-exits-first', [9], { name: 'a group whose leader has exited', exited: ['main'] }),
  escapee('a session whose leader has exited', [9], 'setpgid alone', {
    exited: ['main'],
    survivors: { basic: escaped },
  }),
  escapee('the same with an empty environment, in a group of its own', [9, 11], 'setpgid emptyenv alone', {
    exited: ['main'],
    survivors: { scan: escaped, basic: escaped },
  }),
  fixture('empties-environment', [10], { name: 'an empty environment, in the tree', alsoBy: 'fork' }),
  escapee('a daemon with an empty environment', [11], 'setsid fork2 emptyenv', {
    alsoBy: 'execa',
    survivors: { scan: escaped, basic: escaped },
  }),
  escapee('a daemon that overwrote its environment', [12], 'setsid fork2 overwrite', {
    survivors: { scan: escaped, basic: escaped },
  }),
  escapee('a daemon that is not dumpable', [13], 'setsid fork2 nodump', {
    survivors: { basic: escaped },
    asNobody: { scan: escaped, basic: escaped },
  }),
  fixture('ignores-sigterm', [14], { name: 'SIGTERM ignored' }),
  escapee('SIGTERM, SIGINT, SIGHUP ignored, by children too', [15], '!ignore fork2'),
  fixture('stopped-child', [16], { name: 'a stopped child' }),
  c('a child in ptrace-stop', [17], 'traced', [], { announced: ['main', 'traced'] }),
  fixture('zombie-parent', [18], { name: 'a zombie whose parent lives', announced: ['main'] }),
  c('zombies that only init can reap', [19], 'orphan-zombie', [], { announced: ['main'] }),
  c('a fork bomb while it grows', [20], 'bomb', [`${many}`, '2000'], {
    announced: ['main'],
    crowd: 'bomb',
    crowdBeats: 40,
    rounds: 3,
    alone: true,
  }),
  c('a fork bomb, each in its own session', [21], 'bomb', [`${many}`, '2000', 'setsid'], {
    announced: ['main'],
    crowd: 'bomb',
    crowdBeats: 40,
    rounds: 3,
    alone: true,
  }),
  c('fork and exit every ms, same group', [22], 'runner', ['1000'], {
    announced: ['main'],
    crowd: 'runner',
    crowdBeats: 20,
    rounds: 3,
    alone: true,
  }),
  c('the same without a pause', [22, 24], 'runner', ['0'], {
    announced: ['main'],
    crowd: 'runner',
    crowdBeats: 20,
    rounds: 3,
    alone: true,
  }),
  c('fork and exit every ms, each in its own session', [23], 'runner', ['1000', 'setsid'], {
    announced: ['main'],
    crowd: 'runner',
    crowdBeats: 20,
    rounds: 12,
    alone: true,
    survivors: { scan: runs, basic: runs },
  }),
  c('the same without a pause, each in its own session', [24], 'runner', ['0', 'setsid'], {
    announced: ['main'],
    crowd: 'runner',
    crowdBeats: 20,
    rounds: 12,
    alone: true,
    survivors: { scan: runs, basic: runs },
  }),
  fixture('named-with-parentheses', [35], { name: 'a name like the fields of /proc/PID/stat' }),
  escapee('a daemon with 120 KB of environment', [36], 'setsid fork2', {
    survivors: { basic: escaped },
    program: (dir) => ({
      command: compiled('escapee'),
      args: [dir, 'setsid', 'fork2'],
      env: { BULK: 'x'.repeat(120_000) },
    }),
  }),
  escapee('a child that became another user', [39], 'become:65533', {
    obstacle: ({ user }) => noCompiler() ?? (user === 'root' ? undefined : 'only root may become another user'),
  }),
  escapee('a child that became root by a set-user-id program', [39], 'become:0', {
    program: (dir) => ({ command: setUidCopy(dir), args: [dir, 'become:0'] }),
    survivors: { subreaper: escaped, scan: escaped, basic: escaped },
    obstacle: ({ user }) => noCompiler() ?? (user === 'nobody' ? undefined : 'root may signal everybody'),
  }),
  fixture('cleans-up-on-sigterm', [42], { name: 'cleans up on SIGTERM' }),
  fixture('late-spawner', [43], { name: 'a child that comes in answer to SIGTERM', crowd: 'late' }),
  c('the main thread has ended, another goes on', [18], 'threads', [], { announced: ['thread'] }),
  escapee('a daemon that execSync leaves behind', [8, 59], 'setsid fork2 alone', {
    exited: ['main'],
    route: 'execSync',
    survivors: { basic: escaped },
  }),
  escapee('left in the group by spawnSync, with an empty environment', [9, 11, 58], 'emptyenv alone', {
    exited: ['main'],
    route: 'spawnSync',
    survivors: { scan: escaped, basic: escaped },
  }),
];

/** Who is to survive it there. */
export function expectedIn({ survivors, asNobody }: Behaviour, { level, user }: Environment): Expected {
  const table = user !== 'root' ? { ...survivors, ...asNobody } : survivors;
  return table[level] ?? { always: [] };
}

/** The levels, the strongest first. */
export const levels = CONTAINMENT_LEVELS;
