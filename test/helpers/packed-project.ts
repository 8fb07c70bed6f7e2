import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';

const run = promisify(execFile);

/**
 * A new folder with the packed package in its `node_modules`; what the package depends on is linked from here, without a
 * network. Whoever calls this removes it.
 */
export async function packedProject(): Promise<string> {
  const root = projectRoot();
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'reaper-pack-'));
  try {
    // --ignore-scripts: what is packed is what the test run has built.
    const env = { ...process.env, NODE_OPTIONS: '' };
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], { cwd: root, env });
    const [tarball] = readdirSync(project);
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, 'temporal-reaper'), { recursive: true });
    await run('tar', ['-xzf', join(project, tarball), '-C', join(modules, 'temporal-reaper'), '--strip-components=1']);
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    return project;
  } catch (error) {
    rmSync(project, { recursive: true, force: true });
    throw error;
  }
}
