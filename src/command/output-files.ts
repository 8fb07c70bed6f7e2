import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReaperError } from '../contract/errors';
import type { CheckedCommand } from './command-request';

const { O_APPEND, O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
/** A file system that does not answer must not hold up the activity for longer, in ms. */
const CLOSE_MS = 5_000;
/** The machine may have these again in a moment. */
const SCARCE = ['EMFILE', 'ENFILE', 'EIO', 'ENOSPC', 'EDQUOT'];

/** The files of a command's outputs, where the request names some. */
export type OutputFiles = Partial<Record<'stdout' | 'stderr', FileHandle>>;

async function openFile(cwd: string, name: string, path: string | undefined): Promise<FileHandle | undefined> {
  if (path === undefined) return undefined;
  const file = resolve(cwd, path);
  const refuse = (why: string, cause?: unknown) =>
    new ReaperError('OPTION_INVALID', `runCommand: ${name} "${file}" cannot be written: ${why}`, { cause });
  let handle: FileHandle;
  try {
    // Each write appends, so both outputs can share a file. A pipe without a reader must not block a thread of Node's.
    handle = await open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | (O_NONBLOCK ?? 0), 0o666);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw SCARCE.includes(code) ? error : refuse(code, error);
  }
  const stats = await handle.stat();
  if (stats.isFile() || stats.isCharacterDevice()) return handle;
  await handle.close();
  throw refuse('it is no ordinary file');
}

/** @throws ReaperError `OPTION_INVALID` when a file cannot be opened */
export async function openOutputFiles(command: CheckedCommand): Promise<OutputFiles> {
  const { cwd = process.cwd(), stdoutFile, stderrFile } = command;
  const stdout = await openFile(cwd, 'stdoutFile', stdoutFile);
  try {
    return { stdout, stderr: await openFile(cwd, 'stderrFile', stderrFile) };
  } catch (error) {
    await stdout?.close();
    throw error;
  }
}

/** @returns the error of a file system that writes only now */
export async function closeOutputFiles({ stdout, stderr }: OutputFiles): Promise<Error | undefined> {
  const closing = Promise.allSettled([stdout?.close(), stderr?.close()]);
  const onTime = new AbortController();
  const late = sleep(CLOSE_MS, undefined, { ref: false, signal: onTime.signal }).catch(() => undefined);
  const closed = await Promise.race([closing, late]);
  onTime.abort();
  if (!closed) return new Error(`its file is not closed within ${CLOSE_MS} ms`);
  return closed.find((each) => each.status === 'rejected')?.reason as Error | undefined;
}
