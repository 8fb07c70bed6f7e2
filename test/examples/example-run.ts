import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { processesIn, procFile } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';

/** The longest that a worker or client may take to end. */
const END_MS = 20_000;

/** A program of an example, and what it has printed. */
class Part {
  output = '';

  constructor(readonly child: ChildProcess) {
    const read = (data: Buffer): void => void (this.output += data.toString());
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Does what Ctrl-C does; returns the exit code. */
  async interrupt(): Promise<number | null> {
    this.child.kill('SIGINT');
    await waitUntil(`${this.child.spawnargs.join(' ')} has ended`, () => this.hasEnded, { timeoutMs: END_MS });
    return this.child.exitCode;
  }
}

interface Start {
  /** The folder of worker and client. */
  from?: string;
  env?: NodeJS.ProcessEnv;
  /** The client's command line. */
  client?: string[];
}

/** A copy of an example with its worker and its client, each a process of its own, as in two terminals. */
export class ExampleRun {
  worker!: Part;
  client!: Part;
  private readonly parts: Part[] = [];

  private constructor(
    /** Where it is; also the current folder of all that it starts. */
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Copies the example into a project that has the package. */
  static copy(name: string, project: string, namespace: string, address: string, copy = name): ExampleRun {
    const folder = join(project, copy);
    // What somebody has installed or built there is not the example's.
    const filter = (source: string): boolean => !['node_modules', 'dist', '.venv'].includes(basename(source));
    cpSync(join(__dirname, '../../examples', name), folder, { recursive: true, filter });
    const env = { ...process.env, NODE_OPTIONS: '', TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
    return new ExampleRun(folder, env);
  }

  /** Starts worker and client. */
  start({ from = '.', env = {}, client = [process.execPath, join(from, 'client.js')] }: Start = {}): void {
    this.worker = this.part([process.execPath, join(from, 'worker.js')], env);
    this.client = this.part(client, env);
  }

  /** Starts one more program of the example; returns its pid. */
  startBeside(file: string): number {
    return this.part([process.execPath, file]).child.pid ?? 0;
  }

  private part([program, ...args]: string[], env: NodeJS.ProcessEnv = {}): Part {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    const part = new Part(spawn(program, args, { cwd: this.folder, env: { ...this.env, ...env }, stdio }));
    this.parts.push(part);
    return part;
  }

  /** What the kernel knows of the activity's processes: command lines by pid. */
  jobs(): Map<number, string> {
    const own = this.parts.map(({ child }) => child.pid);
    const pids = processesIn(this.folder).filter((pid) => !own.includes(pid));
    return new Map(pids.map((pid) => [pid, procFile(pid, 'cmdline')?.replaceAll('\0', ' ').trim() ?? '']));
  }

  /** Waits until the activity runs all these programs, and the client says so; returns their processes. */
  async runs(...programs: string[]): Promise<Map<number, string>> {
    await this.clientSays(/Ctrl-C cancels it/);
    let jobs = this.jobs();
    await this.waitUntil(`${programs.join(', ')} run in ${this.folder}`, () => {
      jobs = this.jobs();
      // Not anywhere in the line: a shell's own names all that it will start.
      const isOf = (one: string, line: string): boolean => line.startsWith(one) || line.includes(`/${one}`);
      return programs.every((one) => [...jobs.values()].some((line) => isOf(one, line)));
    });
    return jobs;
  }

  clientSays(what: RegExp): Promise<void> {
    return this.waitUntil(`the client says ${what}`, () => what.test(this.client.output));
  }

  /** Like the helper; fails at once when worker or client has ended. */
  waitUntil(what: string, condition: () => boolean): Promise<void> {
    const isSo = (): boolean => {
      if (this.parts.some(({ hasEnded }) => hasEnded)) throw new Error(`Not ${what}, but ended:\n${this.output()}`);
      return condition();
    };
    return waitUntil(what, isSo, { timeoutMs: 30_000, everyMs: 20 });
  }

  output(): string {
    return `worker:\n${this.worker.output}\nclient:\n${this.client.output}`;
  }

  /** Kills all that is left: by pid, since a negative control leaves processes on purpose. */
  async end(): Promise<void> {
    for (const { child, hasEnded } of this.parts) {
      if (hasEnded) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await waitUntil(`nothing runs in ${this.folder}`, () => {
      const left = [...this.jobs().keys()];
      left.forEach(killNow);
      return left.length === 0;
    });
  }
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
