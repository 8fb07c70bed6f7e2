import { type ChildProcess, exec, execFile, execSync, fork, spawn, spawnSync } from 'node:child_process';
import type { HostProgram, HostRoute } from './protocol';

/** In an object, for execa's child is a promise too: to await it is to wait for its end. */
interface Started {
  child?: ChildProcess;
  /** Settles when it fails to start. */
  failed?: Promise<Error>;
}
type Start = (program: HostProgram, env: NodeJS.ProcessEnv) => Started | Promise<Started>;

/** Listens at once: an error that nobody hears ends the host. */
function heard(child: ChildProcess): Started {
  return { child, failed: new Promise((resolve) => child.once('error', resolve)) };
}

/** One line for a shell. */
export function shellCommand(words: string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

const starts: Record<HostRoute, Start> = {
  spawn: ({ command, args, cwd }, env) => heard(spawn(command, args, { stdio: 'ignore', env, cwd })),
  exec: ({ command, args, cwd }, env) => heard(exec(shellCommand([command, ...args]), { env, cwd }, () => undefined)),
  execFile: ({ command, args, cwd }, env) => heard(execFile(command, args, { env, cwd }, () => undefined)),
  fork: ({ args: [file, ...args], cwd }, env) =>
    heard(fork(file, args, { env, cwd, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })),
  execa: async ({ command, args, cwd }, env) => {
    const started = (await import('execa')).execa(command, args, { env, extendEnv: false, cwd, stdio: 'ignore' });
    started.catch(() => undefined); // how it ended is read from the child itself
    const child: unknown = started;
    return heard(child as ChildProcess);
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
  if (started.child && started.child.pid === undefined) throw (await started.failed) as Error;
  return started;
}
