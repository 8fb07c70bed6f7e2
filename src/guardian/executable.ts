import { existsSync } from 'node:fs';
import { errorCode } from '../process/error-code';

interface Runtimes {
  versions: { electron?: string; bun?: string };
  pkg?: unknown;
}

/** Node can tell since 20.16 and 22.3. */
function isSingleExecutable(): boolean {
  const { getBuiltinModule } = process as { getBuiltinModule?: (this: void, name: string) => unknown };
  const sea = getBuiltinModule?.('node:sea') as { isSea(): boolean } | undefined;
  return sea?.isSea() ?? false;
}

/** The runtime, if it is not plain Node: spawning it would start the user's program again. Undefined for Node. */
function otherExecutable({ versions, pkg }: Runtimes): string | undefined {
  if (versions.electron !== undefined) return 'Electron';
  if (versions.bun !== undefined) return 'Bun';
  if (pkg !== undefined) return 'an executable made by pkg';
  return isSingleExecutable() ? 'a single executable application' : undefined;
}

/** Path of the guardian's program; undefined if a bundler left it out. */
function findProgram(): string | undefined {
  try {
    const program = require.resolve('./main');
    return existsSync(program) ? program : undefined;
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** The guardian's program for this Node to run, or why there is none, worded to follow "because". */
export function guardianProgram(runtime: Runtimes = process as Runtimes): { file: string } | { obstacle: string } {
  const other = otherExecutable(runtime);
  if (other !== undefined) return { obstacle: `${process.execPath} is ${other}, which cannot run it` };
  const file = findProgram();
  return file === undefined ? { obstacle: 'a bundler has left out its file guardian/main.js' } : { file };
}
