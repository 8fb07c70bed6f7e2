import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerFixture } from '../fixtures/worker';
import { FIXTURES } from './fixtures-folder';

/** What each thread of a process waits for, in the kernel's words. */
function threadsOf(pid: number): string {
  const read = (thread: string, name: string): string => readFileSync(`/proc/${pid}/task/${thread}/${name}`, 'utf8');
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads
      .map((each) => ['comm', 'wchan', 'syscall'].map((name) => read(each, name).trim()).join(' '))
      .join('\n');
  } catch (error) {
    return String(error); // it has ended meanwhile, or the kernel does not tell
  }
}

/** A real worker process, compiled, outside jest. */
export class WorkerProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly hasPlugin: boolean,
    /** All that it has printed. */
    readonly output: () => string,
  ) {}

  /** Starts one and waits until it polls. `env` is added to the environment; `through` is a command that becomes it. */
  static async start(
    fixture: WorkerFixture,
    env: NodeJS.ProcessEnv = {},
    through: string[] = [],
    fixtures = FIXTURES,
  ): Promise<WorkerProcess> {
    const [command, ...args] = [...through, process.execPath, join(fixtures, 'worker.js'), JSON.stringify(fixture)];
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    let text = '';
    const polls = new Promise<boolean>((settle) => {
      const read = (data: Buffer): void => {
        text += data.toString();
        if (/^ready$/m.test(text)) settle(true);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', () => settle(false));
    });
    const worker = new WorkerProcess(child, fixture.plugin !== false, () => text);
    const timer = setTimeout(() => {
      text += `It hangs:\n${threadsOf(child.pid as number)}`;
      child.kill('SIGKILL');
    }, 120_000);
    const ready = await polls;
    clearTimeout(timer);
    if (!ready) throw new Error(`The worker did not get ready:\n${text}`);
    return worker;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Shuts it down in an orderly way; SIGKILL after 20 s. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.child.stdin?.write('stop\n');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
