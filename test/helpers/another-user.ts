import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';

/** The user whom tests become to have no rights. */
export const NOBODY = 65534;

const COMPILED = join(projectRoot(), 'dist', 'test', 'fixtures', 'subreaper', 'echo.js');

function findObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can be nobody';
  const script = `require('node:fs').readFileSync(${JSON.stringify(COMPILED)})`;
  const { status } = spawnSync(process.execPath, ['-e', script], { uid: NOBODY, gid: NOBODY, cwd: '/', env: {} });
  return status === 0 ? undefined : 'nobody may not read this folder: chmod o+x it and those above it';
}

let known: { obstacle: string | undefined } | undefined;

/** Why the tests cannot run the compiled code as {@link NOBODY}; undefined when they can. */
export function nobodysObstacle(): string | undefined {
  known ??= { obstacle: findObstacle() };
  return known.obstacle;
}

/** The end of the name of a test that is skipped. */
export function skippedFor(obstacle: string | undefined): string {
  return obstacle === undefined ? '' : ` (skipped: ${obstacle})`;
}
