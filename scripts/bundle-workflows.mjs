/**
 * Bundles the cancellation workflows with the SDK version installed here, unless the bundle is up to date, so that a worker
 * with the same version has nothing to bundle when it starts. Runs after the compiler.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './paths.mjs';

const require = createRequire(import.meta.url);
const { bundlePath } = require('../dist/src/reaper/serve/prebuilt-workflows.js');
const { version: workflowVersion } = require('@temporalio/workflow/package.json');
const { version } = require('@temporalio/worker/package.json');

/** Nobody debugs the bundle: an empty source map saves a worker 1.2 MB of text and keeps this machine's paths out of it. */
const NO_MAP = Buffer.from(
  JSON.stringify({ version: 3, file: 'cancellation-workflows.js', sources: [], names: [], mappings: '' }),
).toString('base64');

function isCurrent(output) {
  const inputs = ['workflows', 'contract'].flatMap((folder) => {
    const path = join(root, 'dist', 'src', folder);
    return readdirSync(path, { recursive: true }).map((name) => join(path, name));
  });
  const since = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return [...inputs, fileURLToPath(import.meta.url)].every((file) => statSync(file).mtimeMs <= since);
}

if (version !== workflowVersion) throw new Error(`@temporalio/worker ${version}, but workflow ${workflowVersion}`);
const output = bundlePath(version);
if (!isCurrent(output)) {
  const { DefaultLogger, bundleWorkflowCode } = require('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'dist', 'src', 'workflows', 'index.js'),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({ ...config, devtool: false }),
  });
  // Bundles for other versions may be from another build.
  rmSync(dirname(output), { recursive: true, force: true });
  mkdirSync(dirname(output), { recursive: true });
  // A test may be reading it.
  writeFileSync(`${output}.draft`, `${code}\n//# sourceMappingURL=data:application/json;base64,${NO_MAP}`);
  renameSync(`${output}.draft`, output);
}
