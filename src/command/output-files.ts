import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ReaperError } from '../contract/errors';
import type { CheckedCommand } from './command-request';

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** The files of a command's outputs, where the request names some. */
export type OutputFiles = Partial<Record<'stdout' | 'stderr', FileHandle>>;

async function openFile(cwd: string, name: string, path: string | undefined): Promise<FileHandle | undefined> {
  if (path === undefined) return undefined;
  const file = resolve(cwd, path);
  try {
    // Each write appends, so both outputs can share a file.
    return await open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o666);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ReaperError('OPTION_INVALID', `runCommand: ${name} "${file}" cannot be written: ${code}`, {
      cause: error,
    });
  }
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

export async function closeOutputFiles({ stdout, stderr }: OutputFiles): Promise<void> {
  await Promise.all([stdout?.close(), stderr?.close()]);
}
