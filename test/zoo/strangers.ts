import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beatsIn, isRunning, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { compiled } from './compile';
import type { HostProgram } from './host/protocol';

/** A process that nobody may signal, and that notes every signal from within; see programs/stranger.c. */
export class Stranger {
  private pid = 0;
  private ticks: string | undefined;
  private beats = 0;

  constructor(
    readonly dir: string,
    readonly role: string,
    private readonly steps: string[] = [],
  ) {}

  get program(): HostProgram {
    return { command: compiled('stranger'), args: [this.dir, this.role, ...this.steps] };
  }

  /** Starts it as a child of whoever calls. */
  spawn(env: NodeJS.ProcessEnv = process.env, detached = false): ChildProcess {
    const { command, args } = this.program;
    return spawn(command, args, { stdio: 'ignore', env, detached });
  }

  /** The same as another user, who may write what it notes, but perhaps not read the project's folder. */
  spawnAs(uid: number, env: NodeJS.ProcessEnv): ChildProcess {
    const { command, args } = this.program;
    const copy = join(this.dir, basename(command));
    if (!existsSync(copy)) copyFileSync(command, copy);
    return spawn(copy, args, { stdio: 'ignore', env, cwd: '/', uid, gid: uid });
  }

  async started(): Promise<this> {
    const file = join(this.dir, `${this.role}.pid`);
    await waitUntil(`the stranger "${this.role}" is there`, () => existsSync(file), { timeoutMs: 30_000 });
    this.pid = Number(readFileSync(file, 'utf8'));
    this.ticks = startTicks(this.pid);
    return this;
  }

  get number(): number {
    return this.pid;
  }

  /** `<signal> from <pid>`, one a line. */
  get signals(): string {
    return readFileSync(join(this.dir, `${this.role}.signals`), 'utf8');
  }

  /** Why it is not as if nothing had happened; undefined when it is. Waits for a beat since it was last asked. */
  async harm(): Promise<string | undefined> {
    if (this.signals !== '') return `"${this.role}" got signals: ${this.signals.trim().replaceAll('\n', ', ')}`;
    if (this.ticks === undefined || !isRunning(this.pid, this.ticks)) return `"${this.role}" is dead`;
    const file = join(this.dir, `${this.role}.beat`);
    await waitUntil(`the stranger "${this.role}" beats on`, () => beatsIn(file) > this.beats);
    this.beats = beatsIn(file);
    return undefined;
  }
}
