import { type ChildProcess, spawn } from 'node:child_process';
import type { Escalation } from '../contract/escalation';
import type { ProcessRef } from '../contract/process-ref';
import { isAlive, startTicksOf } from '../process/table/liveness';
import type { EncloserData } from '../process/containment/enclosure';
import type { WorkerMark } from '../process/marker';
import type { GuardedAttempt, GuardianData, ToGuardian } from './protocol';
import { reportFileOf } from './report-file';

/** Delays before a dead guardian is replaced, in ms. */
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;
/**
 * These flags keep the guardian small, because it idles for as long as its worker runs. The heap must still hold a scan of
 * 100,000 processes.
 */
export const NODE_FLAGS = ['--max-old-space-size=512', '--max-semi-space-size=1', '--single-threaded'];

/** The worker's end of its guardian. */
export class GuardianLink {
  private child: ChildProcess | undefined;
  private stopped = false;
  private restartMs = FIRST_RESTART_MS;
  private ref: ProcessRef | undefined;
  /** Messages that a replacement guardian must be sent. */
  private readonly told = new Map<string, ToGuardian>();

  /** @param program see `guardianProgram` */
  constructor(
    private readonly program: string,
    private readonly mark: WorkerMark,
    private readonly escalation: Escalation,
    private readonly onError: (message: string) => void,
    private readonly onStarted: (guardian: ProcessRef) => void,
    private readonly encloserData?: EncloserData,
  ) {}

  start(): void {
    try {
      this.spawn();
    } catch (error) {
      this.restart(`it does not start: ${(error as Error).message}`);
    }
  }

  private spawn(): void {
    const { mark, escalation, encloserData } = this;
    const reportFile = reportFileOf(mark.hostId, mark.workerPid, mark.workerStartTicks);
    const data: GuardianData = { mark, encloserData, escalation, reportFile };
    const child = spawn(process.execPath, [...NODE_FLAGS, this.program, JSON.stringify(data)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Not the worker's environment, which may hold an outer worker's marker, secrets, and Node flags.
      env: { PATH: process.env.PATH, LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH },
      cwd: '/',
    });
    this.child = child;
    child.unref();
    child.once('error', (error) => this.restart(`it does not start: ${error.message}`)); // then there is no 'exit'
    child.stdin?.on('error', () => undefined); // the guardian died: 'exit' follows
    child.once('exit', (code, signal) => this.restart(`it ended (${signal ?? code})`));
    for (const message of this.told.values()) this.send(message);
    const { pid } = child;
    const startTicks = pid === undefined ? undefined : startTicksOf(pid);
    this.ref = pid !== undefined && startTicks !== undefined ? { pid, startTicks } : undefined;
    if (this.ref) this.onStarted(this.ref);
  }

  /** Whether the guardian runs, according to the process table: the 'exit' event may not have arrived yet. */
  get isRunning(): boolean {
    return this.ref !== undefined && isAlive(this.ref);
  }

  /** Replaces the guardian, with a growing delay if it keeps dying. */
  private restart(why: string): void {
    this.child = undefined;
    if (this.stopped) return;
    this.onError(`The guardian is gone: ${why}; a new one starts in ${this.restartMs} ms`);
    setTimeout(() => !this.stopped && this.start(), this.restartMs).unref();
    this.restartMs = Math.min(this.restartMs * 2, LAST_RESTART_MS);
  }

  setAttempt(attempt: GuardedAttempt): void {
    this.tell(`attempt ${attempt.id}`, { type: 'attempt', ...attempt });
  }

  closeAttempt(id: string): void {
    if (this.told.delete(`attempt ${id}`)) this.send({ type: 'closed', id });
  }

  setDeadline(deadline: Omit<ToGuardian & { type: 'deadline' }, 'type'>): void {
    this.tell(`deadline ${deadline.id}`, { type: 'deadline', ...deadline });
  }

  liftDeadline(id: string): void {
    if (this.told.delete(`deadline ${id}`)) this.send({ type: 'lift', id });
  }

  /** Ends the guardian: there is nothing left to guard. */
  goodbye(): void {
    this.stopped = true;
    this.send({ type: 'goodbye' });
    this.child?.stdin?.end();
  }

  private tell(key: string, message: ToGuardian): void {
    this.told.set(key, message);
    this.send(message);
  }

  private send(message: ToGuardian): void {
    this.child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
