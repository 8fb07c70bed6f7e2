import { ReaperError } from '../contract/errors';
import type { ReaperPluginOptions } from './options';

const NAME = 'TEMPORAL_REAPER_OPTIONS';

/**
 * The plugin's options as the environment has them, to be checked by its constructor. Undefined: unset or empty.
 *
 * @throws ReaperError `OPTION_INVALID`: no JSON
 */
export function optionsFromEnvironment(): ReaperPluginOptions | undefined {
  const text = process.env[NAME];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as ReaperPluginOptions;
  } catch (cause) {
    throw new ReaperError('OPTION_INVALID', `${NAME} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
