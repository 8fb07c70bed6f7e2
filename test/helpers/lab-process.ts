import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KillReport } from '../../src/contract/kill-report';
import type { Answer, LabOptions, Program } from '../fixtures/subreaper/lab';
import { allPids, parentOf, procFile, stateOf } from './kernel-oracle';
import { waitUntil } from './wait-until';

const ENTRY = resolve(__dirname, '../../dist/test/fixtures/subreaper/lab.js');

/** A process that tracks and kills as a worker does, compiled, outside jest, which it would make a subreaper. */
export class LabProcess {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private lastId = 0;

  private constructor(
    readonly child: ChildProcess,
    private readonly isWrapped: boolean,
  ) {
    child.on('message', (answer: Answer) => this.waiting.get(answer.id)?.(answer));
  }

  /** @param through a command that starts it as its only child */
  static async start(options: LabOptions, forkOptions: ForkOptions = {}, through: string[] = []): Promise<LabProcess> {
    const env = { ...process.env, NODE_OPTIONS: '', ...forkOptions.env };
    const [execPath, ...before] = [...through, process.execPath];
    const execArgv = [...before, ...(forkOptions.execArgv ?? [])];
    const child = fork(ENTRY, [JSON.stringify(options)], { ...forkOptions, execPath, execArgv, env });
    const lab = new LabProcess(child, through.length > 0);
    const opened = new Promise((resolve) => lab.waiting.set(0, resolve));
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The lab has ended with ${code}`)));
    ended.catch(() => undefined); // in the end it has to
    await Promise.race([opened, ended]);
    return lab;
  }

  get pid(): number {
    const pid = this.child.pid as number;
    return this.isWrapped ? (allPids().find((each) => parentOf(each) === pid) ?? 0) : pid;
  }

  async do<T>(what: string, ...args: unknown[]): Promise<T> {
    const id = ++this.lastId;
    const answer = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.child.send({ id, do: what, args });
    const { value, error } = await answer;
    this.waiting.delete(id);
    if (error !== undefined) throw new Error(error);
    return value as T;
  }

  attempt(name: string): Promise<void> {
    return this.do('attempt', name);
  }

  start(name: string, program: Program): Promise<number> {
    return this.do('start', name, program);
  }

  kill(name: string): Promise<KillReport> {
    return this.do('kill', name);
  }

  /** Its children that are dead and have not been reaped. */
  zombies(): number[] {
    const own = this.pid;
    return allPids().filter((pid) => parentOf(pid) === own && stateOf(pid) === 'Z');
  }

  /** Waits until it has no zombies; names those that stay. */
  async reapsAll(): Promise<void> {
    try {
      await waitUntil('the orphans are reaped', () => this.zombies().length === 0);
    } catch (error) {
      const left = this.zombies().map((pid) => {
        const limit = /^Max file locks +(\S+)/m.exec(procFile(pid, 'limits') ?? '')?.[1];
        return `${procFile(pid, 'stat')?.trim()}, file locks ${limit}`;
      });
      throw new Error(`${String(error)}; left: ${left.join('; ')}`, { cause: error });
    }
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return resolve();
      this.child.once('exit', () => resolve());
      this.child.kill('SIGKILL');
    });
  }
}

/** The number of generations that a runner has counted in its file. */
export function generationsIn(file: string): bigint {
  return readFileSync(file).readBigUInt64LE();
}
