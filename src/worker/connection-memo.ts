import type { NativeConnection, NativeConnectionPlugin } from '@temporalio/worker';
import type { ReaperConnectionOptions } from '../reaper/config';

/** Travels with a connection among its plugins, and remembers what that one was made with. */
class ConnectionMemo implements NativeConnectionPlugin {
  readonly name = 'temporal-reaper.connection';

  constructor(readonly options: ReaperConnectionOptions) {}
}

/** The plugins of a connection that is about to be made, with a memo of its options. */
export function withMemo(
  plugins: readonly NativeConnectionPlugin[],
  options: ReaperConnectionOptions,
): NativeConnectionPlugin[] {
  return [...plugins, new ConnectionMemo(options)];
}

/** What a connection was made with; undefined when it was made without the plugin. */
export function optionsOf({ plugins }: NativeConnection): ReaperConnectionOptions | undefined {
  return plugins.filter((plugin) => plugin instanceof ConnectionMemo).at(-1)?.options;
}
