import type { Route } from '../fixtures/activities';
import { type FixtureName, processFixtures } from '../fixtures/processes';

/** Processes of one form, started by an activity. */
export interface Shape {
  name: string;
  fixture: FixtureName;
  /** The started program ends at once, and the activity stays. */
  stays?: true;
}

export const shapes: Shape[] = [
  { name: 'one child', fixture: 'forever' },
  { name: 'detached group', fixture: 'leaves-session' },
  { name: 'deep tree', fixture: 'forks-children' },
  { name: 'shell pipeline', fixture: 'shell-pipeline' },
  { name: 'ignores SIGTERM', fixture: 'ignores-sigterm' },
  { name: 'stopped child', fixture: 'stopped-child' },
  { name: 'double-forked daemon', fixture: 'daemonises' },
  { name: 'leader gone first', fixture: 'leader-exits-first', stays: true },
];

export const asyncRoutes: Route[] = ['spawn', 'exec', 'execFile', 'fork', 'execa'];
/** They block the worker's main loop. */
export const syncRoutes: Route[] = ['spawnSync', 'execSync'];

/** The ways in which a shape can be started; only node programs can be forked. */
export function routesOf({ fixture, stays }: Shape, mayBlock: boolean): Route[] {
  const forks = processFixtures[fixture].command === process.execPath;
  // Known gap: what a synchronous call leaves behind when it returns is not watched (see "Not covered" in endings.ts).
  const synchronous = mayBlock && !stays ? syncRoutes : [];
  return [...asyncRoutes, ...synchronous].filter((route) => forks || route !== 'fork');
}

export function blocks(route: Route): boolean {
  return syncRoutes.includes(route);
}
