/**
 * Switches the plugin on in an unmodified program: `node -r temporal-reaper/preload app.js`.
 *
 * Every `NativeConnection.connect`, `Worker.create`, `Worker.runReplayHistory`, `Worker.runReplayHistories` and
 * `bundleWorkflowCode` of the program gets one shared `ReaperPlugin`, unless it has one. It takes its options from the
 * environment, see docs/options.md. When the program first loads `@temporalio/worker`,
 * one line on standard error says that the plugin is on. A program that never loads it is left alone. Threads inherit the
 * preload.
 *
 * Loading `@temporalio/worker` throws ReaperError `OPTION_INVALID` or `HOST_ID_INVALID` for wrong options, and
 * `PLUGIN_CONFLICT` when this package uses another copy of `@temporalio/worker` than the program.
 */
import * as nodeModule from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import type { ReaperPlugin } from './plugin';
import type * as pluginModule from './plugin';

type Parent = NodeModule | null | undefined;

/** Node's internal CommonJS loader, which `import` of a CommonJS module uses as well as `require`. */
interface Loader {
  _load: (this: unknown, request: string, parent: Parent, isMain: boolean) => unknown;
  _resolveFilename: (request: string, parent: Parent) => string;
}
const loader = (nodeModule as unknown as { Module: Loader }).Module;
const load = loader._load;

/** The SDK modules that lead to the functions we wrap; loading any one of them loads the others. */
const ENTRY = /^(.*[\\/]@temporalio[\\/]worker[\\/]lib)[\\/](?:index|worker|connection|workflow[\\/]bundler)\.js$/;
const OURS = resolve(__dirname, '..') + sep;

/** The `lib` folder of the SDK's worker package, if the program (and not this package) requests that package. */
function workerLib(request: string, parent: Parent): string | undefined {
  if (!/@temporalio[\\/]worker/.test(request) || parent?.filename?.startsWith(OURS)) return undefined;
  return ENTRY.exec(loader._resolveFilename(request, parent))?.[1];
}

let wrapped: string | undefined;

loader._load = function (request, parent, isMain) {
  const loaded = load.call(this, request, parent, isMain);
  const lib = workerLib(request, parent);
  if (lib !== undefined && lib !== wrapped) {
    assertOurs(lib);
    wrapped = lib; // set first: the plugin loads the same package
    const { ReaperPlugin } = module.require('./plugin') as typeof pluginModule;
    wrap(lib, new ReaperPlugin());
    process.stderr.write('temporal-reaper: on for every connection, Worker, bundle and replay of this process\n');
  }
  return loaded;
};

/** Refuses a second copy of the SDK: each copy has its own runtime and native library. */
function assertOurs(lib: string): void {
  const own = dirname(require.resolve('@temporalio/worker'));
  if (own === lib) return;
  throw new ReaperError(
    'PLUGIN_CONFLICT',
    `temporal-reaper uses the SDK in ${own}, this program the one in ${lib}; install temporal-reaper beside the program's SDK`,
  );
}

interface WithPlugins {
  plugins?: readonly { name: string }[];
  connection?: { plugins: readonly { name: string }[] };
}

function wrap(lib: string, plugin: ReaperPlugin): void {
  const from = nodeModule.createRequire(join(lib, 'index.js'));
  const worker = (from('./worker') as { Worker: typeof Worker }).Worker;
  const connection = (from('./connection') as { NativeConnection: typeof NativeConnection }).NativeConnection;
  const added = <T>(options: T): T => withPlugin(options, plugin);
  wrapFirst(connection, 'connect', (options) => added(options ?? {}));
  for (const name of ['create', 'runReplayHistory', 'runReplayHistories']) wrapFirst(worker, name, added);
  wrapFirst(from('./workflow/bundler') as object, 'bundleWorkflowCode', added);
}

/** Wraps a function so that `change` transforms its first argument. */
function wrapFirst(owner: object, name: string, change: (argument: unknown) => unknown): void {
  const functions = owner as Record<string, (this: unknown, ...args: unknown[]) => unknown>;
  const original = functions[name];
  functions[name] = function (first, ...others) {
    return original.call(this, change(first), ...others);
  };
}

function withPlugin<T>(options: T, plugin: ReaperPlugin): T {
  // The SDK itself refuses options that are not an object.
  if (typeof options !== 'object' || options === null) return options;
  const { plugins = [], connection }: WithPlugins = options;
  const present = [...plugins, ...(connection?.plugins ?? [])];
  if (present.some(({ name }) => name === plugin.name)) return options;
  return { ...options, plugins: [...plugins, plugin] };
}
