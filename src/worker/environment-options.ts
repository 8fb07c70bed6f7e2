import { ReaperError } from '../contract/errors';
import type { ReaperPluginOptions } from './options';

const NAME = 'TEMPORAL_REAPER_OPTIONS';

/**
 * Reads the plugin's options from the environment; its constructor checks them. Undefined: the variable is unset or empty.
 *
 * @throws ReaperError `OPTION_INVALID` when the variable is not JSON
 */
export function optionsFromEnvironment(): ReaperPluginOptions | undefined {
  const text = process.env[NAME];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as ReaperPluginOptions;
  } catch (cause) {
    throw new ReaperError('OPTION_INVALID', `${NAME} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
