import { basename, isAbsolute, resolve } from 'node:path';
import { ReaperError } from '../contract/errors';

/**
 * Programs that never belong to an attempt, whoever starts them: given by base name or absolute path, or by a function of
 * the file and its arguments. A command line that runs in a shell counts as a start of that shell.
 */
export type NeverTrack = readonly string[] | ((file: string, args: readonly string[]) => boolean);

/** Whether a program is never tracked. */
export type NeverTracks = (file: string, args: readonly string[]) => boolean;

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && (isAbsolute(value) || !/[\\/]/.test(value));
}

/** @throws ReaperError `OPTION_INVALID` */
export function checkedNeverTrack(value: NeverTrack): NeverTrack {
  if (typeof value === 'function' || (Array.isArray(value) && value.every(isName))) return value;
  throw new ReaperError(
    'OPTION_INVALID',
    `neverTrack is ${JSON.stringify(value)}: it must be a list of program names and absolute paths, or a function (file, args)`,
  );
}

export function neverTracks(option: NeverTrack): NeverTracks {
  if (typeof option === 'function') return option;
  const known = new Set(option.map((name) => (isAbsolute(name) ? resolve(name) : name)));
  return (file) => known.has(basename(file)) || (isAbsolute(file) && known.has(resolve(file)));
}
