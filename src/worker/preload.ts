/**
 * Switches the plugin on in a program that does not know of it: `node -r temporal-reaper/preload app.js`.
 *
 * Every `NativeConnection.connect`, `Worker.create`, `Worker.runReplayHistory`, `Worker.runReplayHistories` and
 * `bundleWorkflowCode` of the program gets one shared `ReaperPlugin`, unless it has one. `TEMPORAL_REAPER_OPTIONS` holds
 * the plugin's options as JSON; unset or empty: the defaults. It says so in one line on standard error, when the program
 * first loads `@temporalio/worker`; a program that never does is left alone. Threads inherit it.
 *
 * Loading `@temporalio/worker` throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID` for wrong options, and
 * `PLUGIN_CONFLICT` when this package does not use the program's copy of it.
 */
import * as nodeModule from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { optionsFromEnvironment } from './environment-options';
import type { ReaperPlugin } from './plugin';
import type * as pluginModule from './plugin';

type Parent = NodeModule | null | undefined;

/** What Node's own loader does for `require` and for `import` alike. */
interface Loader {
  _load: (this: unknown, request: string, parent: Parent, isMain: boolean) => unknown;
  _resolveFilename: (request: string, parent: Parent) => string;
}
const loader = (nodeModule as unknown as { Module: Loader }).Module;
const load = loader._load;

/** Modules by which a program gets at what we wrap; whichever it loads, the SDK's others come with it. */
const ENTRY = /^(.*[\\/]@temporalio[\\/]worker[\\/]lib)[\\/](?:index|worker|connection|workflow[\\/]bundler)\.js$/;
const OURS = resolve(__dirname, '..') + sep;

/** Its `lib` folder, when a request is for the SDK's worker package and not made by ourselves. */
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
    wrapped = lib; // before the plugin loads the same package
    const { ReaperPlugin } = module.require('./plugin') as typeof pluginModule;
    wrap(lib, new ReaperPlugin(optionsFromEnvironment()));
    process.stderr.write('temporal-reaper: on for every connection, Worker, bundle and replay of this process\n');
  }
  return loaded;
};

/** With two copies of the SDK, each has a runtime and a native library of its own. */
function assertOurs(lib: string): void {
  const own = dirname(require.resolve('@temporalio/worker'));
  if (own === lib) return;
  throw new ReaperError(
    'PLUGIN_CONFLICT',
    `temporal-reaper uses the SDK in ${own}, this program that in ${lib}; install temporal-reaper beside the program's`,
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

/** Changes a function's first argument on its way. */
function wrapFirst(owner: object, name: string, change: (argument: unknown) => unknown): void {
  const functions = owner as Record<string, (this: unknown, ...args: unknown[]) => unknown>;
  const original = functions[name];
  functions[name] = function (first, ...others) {
    return original.call(this, change(first), ...others);
  };
}

function withPlugin<T>(options: T, plugin: ReaperPlugin): T {
  // What is no object is for the SDK to refuse.
  if (typeof options !== 'object' || options === null) return options;
  const { plugins = [], connection }: WithPlugins = options;
  const present = [...plugins, ...(connection?.plugins ?? [])];
  if (present.some(({ name }) => name === plugin.name)) return options;
  return { ...options, plugins: [...plugins, plugin] };
}
