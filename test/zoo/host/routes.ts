import { type ChildProcess, exec, execFile, execSync, fork, spawn, spawnSync } from 'node:child_process';
import type { HostProgram, HostRoute } from './protocol';

/** In an object, for execa's child is a promise too: to await it is to wait for its end. */
interface Started {
  child?: ChildProcess;
}
type Start = (program: HostProgram, env: NodeJS.ProcessEnv) => Started | Promise<Started>;

/** One line for a shell. */
export function shellCommand(words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

const starts: Record<HostRoute, Start> = {
  spawn: ({ command, args, cwd }, env) => ({ child: spawn(command, args, { stdio: 'ignore', env, cwd }) }),
  exec: ({ command, args, cwd }, env) => ({
    child: exec(shellCommand([command, ...args]), { env, cwd }, () => undefined),
  }),
  execFile: ({ command, args, cwd }, env) => ({ child: execFile(command, args, { env, cwd }, () => undefined) }),
  fork: ({ args: [file, ...args], cwd }, env) => ({
    child: fork(file, args, { env, cwd, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
  }),
  execa: async ({ command, args, cwd }, env) => {
    const started = (await import('execa')).execa(command, args, { env, extendEnv: false, cwd, stdio: 'ignore' });
    started.catch(() => undefined); // how it ended is read from the child itself
    const child: unknown = started;
    return { child: child as ChildProcess };
  },
  spawnSync({ command, args, cwd }, env) {
    spawnSync(command, args, { stdio: 'ignore', env, cwd });
    return {};
  },
  execSync({ command, args, cwd }, env) {
    execSync(shellCommand([command, ...args]), { stdio: 'ignore', env, cwd });
    return {};
  },
};

/** Starts the program; without a child when the route has waited for its end. Rejects when it does not start. */
export async function startBy(route: HostRoute, program: HostProgram): Promise<Started> {
  const env = program.wholeEnv ?? { ...process.env, ...program.env };
  const started = await starts[route](program, env);
  const { child } = started;
  if (child && child.pid === undefined) {
    throw await new Promise<Error>((resolve) => child.once('error', resolve));
  }
  return started;
}
