import type { NativeConnection, NativeConnectionPlugin } from '@temporalio/worker';
import type { ReaperConnectionOptions } from '../reaper/config';

/** Attached to a connection as a plugin; remembers the options that the connection was made with. */
class ConnectionMemo implements NativeConnectionPlugin {
  readonly name = 'temporal-reaper.connection';

  constructor(readonly options: ReaperConnectionOptions) {}
}

/** Adds a memo of the options to the plugins of a connection that is about to be made. */
export function withMemo(
  plugins: readonly NativeConnectionPlugin[],
  options: ReaperConnectionOptions,
): NativeConnectionPlugin[] {
  return [...plugins, new ConnectionMemo(options)];
}

/** The options that a connection was made with; undefined if it was made without the plugin. */
export function optionsOf({ plugins }: NativeConnection): ReaperConnectionOptions | undefined {
  return plugins.filter((plugin) => plugin instanceof ConnectionMemo).at(-1)?.options;
}
