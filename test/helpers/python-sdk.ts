import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';

/** The version of Temporal's Python SDK that tests and examples use. */
export const PYTHON_SDK_VERSION = '1.35.0';

/** Where Temporal's Python SDK is, fetched by pip if need be; undefined where it cannot be had. */
export function pythonSdk(): string | undefined {
  const folder = join(projectRoot(), '.cache', 'python', PYTHON_SDK_VERSION);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  try {
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', partial];
    execFileSync('python3', [...args, `temporalio==${PYTHON_SDK_VERSION}`], { stdio: 'pipe', timeout: 120_000 });
    renameSync(partial, folder);
    return folder;
  } catch {
    rmSync(partial, { recursive: true, force: true });
    return existsSync(folder) ? folder : undefined; // no pip, no network, or no build for this machine
  }
}
