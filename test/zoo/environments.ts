import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { NOBODY, nobodysObstacle } from '../helpers/another-user';
import { CONTAINMENT_LEVELS, type ContainmentLevel, type Proof } from '../../src/contract/kill-report';

/** Where behaviours are tried: one containment level, one Node, one user. */
export interface Environment {
  level: ContainmentLevel;
  /** Path of the Node binary. */
  node: string;
  /** For instance `20`. */
  nodeMajor: string;
  user: 'root' | 'nobody' | 'self';
  /** undefined: that of the tests. */
  uid: number | undefined;
  /** What an empty find is worth, as the level itself says. */
  proof?: Proof;
  /** Why it is not there; undefined when it is. */
  unavailable?: string;
}

export const full = process.env.ZOO === 'full';
export const isRoot = process.getuid?.() === 0;

const PROBE = join(projectRoot(), 'dist', 'test', 'zoo', 'host', 'probe.js');

function major(version: string): string {
  return version.replace(/^v/, '').split('.')[0];
}

/** The Node that runs the tests; in a full run also those of `npm run test:zoo`, which installs them. */
function nodes(): { node: string; nodeMajor: string; missing?: string }[] {
  const own = { node: process.execPath, nodeMajor: major(process.version) };
  if (!full) return [own];
  const others = ['20', '22', '24'].filter((version) => version !== own.nodeMajor);
  return [
    own,
    ...others.map((version) => {
      const node = join(projectRoot(), '.cache', `node-${version}`, 'node_modules', 'node', 'bin', 'node');
      return { node, nodeMajor: version, missing: existsSync(node) ? undefined : 'npm run test:zoo installs it' };
    }),
  ];
}

const notCompiled = existsSync(PROBE) ? undefined : 'the tests are not compiled: npm run build';

function probe(level: ContainmentLevel, node: string, uid?: number): { proof?: Proof; unavailable?: string } {
  try {
    const output = execFileSync(node, [PROBE, level], { uid, gid: uid, encoding: 'utf8', stdio: 'pipe', cwd: '/' });
    const said = JSON.parse(output) as { proof?: Proof; why?: string };
    return { proof: said.proof, unavailable: said.why };
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    return { unavailable: `its probe does not run: ${stderr.trim().split('\n').at(-1) || message}` };
  }
}

let known: Environment[] | undefined;

/**
 * Every level with every Node and user; those that are not there say why. A share of `npm test` has the Node that runs
 * it, and as nobody the one level that needs no privilege.
 */
export function environments(): Environment[] {
  known ??= nodes().flatMap(({ node, nodeMajor, missing }) =>
    (['root', 'nobody'] as const).flatMap((who) =>
      CONTAINMENT_LEVELS.flatMap((level) => {
        const user = who === 'root' && !isRoot ? 'self' : who;
        const uid = who === 'nobody' ? NOBODY : undefined;
        const common = { level, node, nodeMajor, user, uid } as const;
        if (who === 'nobody' && !full && level !== 'scan') return [];
        const why = missing ?? notCompiled ?? (who === 'nobody' ? nobodysObstacle() : undefined);
        return why === undefined ? { ...common, ...probe(level, node, uid) } : { ...common, unavailable: why };
      }),
    ),
  );
  return known;
}

/** Levels that are there for the Node and the user of the tests. */
export function ownLevels(): Environment[] {
  return environments().filter(({ node, user }) => node === process.execPath && user !== 'nobody');
}

export function nameOf({ level, nodeMajor, user }: Environment): string {
  return `${level}, Node ${nodeMajor}, ${user}`;
}

/** The name of a suite: a level that is not there is skipped by name. */
export function titleOf(environment: Environment): string {
  const { unavailable } = environment;
  return unavailable === undefined ? nameOf(environment) : `${nameOf(environment)} (skipped: ${oneLine(unavailable)})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[()%$]/g, '');
}
