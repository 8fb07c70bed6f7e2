import { type ChildProcess, exec, execFile, execSync, fork, spawn, spawnSync } from 'node:child_process';
import type { HostProgram, HostRoute } from './protocol';

type Start = (program: HostProgram, env: NodeJS.ProcessEnv) => ChildProcess | undefined | Promise<ChildProcess>;

/** One line for a shell. */
export function shellCommand(words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

const starts: Record<HostRoute, Start> = {
  spawn: ({ command, args, cwd }, env) => spawn(command, args, { stdio: 'ignore', env, cwd }),
  exec: ({ command, args, cwd }, env) => exec(shellCommand([command, ...args]), { env, cwd }, () => undefined),
  execFile: ({ command, args, cwd }, env) => execFile(command, args, { env, cwd }, () => undefined),
  fork: ({ args: [file, ...args], cwd }, env) =>
    fork(file, args, { env, cwd, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
  execa: async ({ command, args, cwd }, env) => {
    const started = (await import('execa')).execa(command, args, { env, extendEnv: false, cwd, stdio: 'ignore' });
    started.catch(() => undefined); // how it ended is read from the child itself
    const child: unknown = started;
    return child as ChildProcess;
  },
  spawnSync: ({ command, args, cwd }, env) => void spawnSync(command, args, { stdio: 'ignore', env, cwd }),
  execSync: ({ command, args, cwd }, env) =>
    void execSync(shellCommand([command, ...args]), { stdio: 'ignore', env, cwd }),
};

/** Starts the program; undefined when the route has waited for its end. Rejects when it does not start. */
export async function startBy(route: HostRoute, program: HostProgram): Promise<ChildProcess | undefined> {
  const env = program.wholeEnv ?? { ...process.env, ...program.env };
  const child = await starts[route](program, env);
  if (child && child.pid === undefined) {
    throw await new Promise<Error>((resolve) => child.once('error', resolve));
  }
  return child;
}
