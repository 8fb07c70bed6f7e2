import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { procFile } from '../helpers/kernel-oracle';

/** The installer's exit code when npm reaches no registry. */
const UNAVAILABLE = 69;

/** A user's project, outside of this one's node_modules: a version of the SDK, and this build as npm installs it. */
export class SdkProject {
  private constructor(
    readonly version: string,
    readonly folder: string,
    /** Why it could not be installed. */
    readonly obstacle?: string,
  ) {}

  /** As `npm run test:sdk` says; by itself the lowest that the peer range allows. */
  static all(): SdkProject[] {
    const versions = process.env.REAPER_SDK_VERSIONS;
    return versions ? versions.split(',').map((version) => this.install(version)) : [this.install()];
  }

  /** Blocks until npm is done: some 15 s when nothing of it is there yet. The packages are more of the SDK's own. */
  static install(version?: string, packages: string[] = []): SdkProject {
    const script = join(projectRoot(), 'scripts', 'sdk', 'install.mjs');
    const args = version === undefined ? [] : [version, ...packages];
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 300_000,
    });
    if (status === UNAVAILABLE) return new SdkProject(version ?? 'the lowest', '', 'npm does not reach its registry');
    if (status !== 0) throw new Error(`SDK ${version ?? 'the lowest'} cannot be installed:\n${stderr}`);
    return new SdkProject(version ?? basename(stdout.trim()), stdout.trim());
  }

  /** The compiled programs of the tests, which use the packages of this project. */
  get fixtures(): string {
    return join(this.folder, 'dist', 'test', 'fixtures');
  }

  /** The compiled command line. */
  get cli(): string {
    return join(this.folder, 'node_modules', 'temporal-reaper', 'dist', 'src', 'cli', 'main.js');
  }

  /** Every copy of a package of the SDK that npm has put here: `name version`, and where it is when it is not at the top. */
  copies(): string[] {
    const lock = readFileSync(join(this.folder, 'node_modules', '.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> };
    return Object.entries(packages).flatMap(([path, { version }]) => {
      const [, above, name] = /^(.*)node_modules\/(@temporalio\/[^/]+)$/.exec(path) ?? [];
      return name === undefined ? [] : [`${above}${name} ${version}`];
    });
  }

  /** Native cores of the SDK that the kernel says a process has loaded. */
  coresOf(pid: number): string[] {
    const files = (procFile(pid, 'maps') ?? '').split('\n').map((line) => line.split(/\s+/).slice(5).join(' '));
    return [...new Set(files.filter((file) => file.includes('core-bridge')))];
  }
}
