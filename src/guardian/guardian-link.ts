import { type ChildProcess, spawn } from 'node:child_process';
import type { Escalation } from '../contract/escalation';
import type { ProcessRef } from '../contract/process-ref';
import { isAlive, startTicksOf } from '../process/identity';
import type { EncloserData } from '../process/containment/enclosure';
import type { WorkerMark } from '../process/marker';
import type { GuardianData, ToGuardian } from './protocol';
import { reportFileOf } from './report-file';

/** A guardian that is gone is replaced. */
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;
/** Keeps the guardian small: it runs for as long as its worker and does nothing. */
const NODE_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--single-threaded'];

/** The worker's end of its guardian. */
export class GuardianLink {
  private child: ChildProcess | undefined;
  private stopped = false;
  private restartMs = FIRST_RESTART_MS;
  private ref: ProcessRef | undefined;
  private readonly deadlines = new Map<string, ToGuardian>();

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
      // Not the worker's: no marker of a worker around us, no secret, no flag meant for the worker.
      env: { PATH: process.env.PATH, LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH },
      cwd: '/',
    });
    this.child = child;
    child.unref();
    child.once('error', (error) => this.restart(`it does not start: ${error.message}`)); // then there is no 'exit'
    child.stdin?.on('error', () => undefined); // it died: 'exit' follows
    child.once('exit', (code, signal) => this.restart(`it ended (${signal ?? code})`));
    for (const deadline of this.deadlines.values()) this.send(deadline);
    const { pid } = child;
    const startTicks = pid === undefined ? undefined : startTicksOf(pid);
    this.ref = pid !== undefined && startTicks !== undefined ? { pid, startTicks } : undefined;
    if (this.ref) this.onStarted(this.ref);
  }

  /** Whether it runs, by the process table: one that died may not be missed yet. */
  get isRunning(): boolean {
    return this.ref !== undefined && isAlive(this.ref);
  }

  /** Replaces it, less and less often when it does not last. */
  private restart(why: string): void {
    this.child = undefined;
    if (this.stopped) return;
    this.onError(`The guardian is gone: ${why}; a new one starts in ${this.restartMs} ms`);
    setTimeout(() => !this.stopped && this.start(), this.restartMs).unref();
    this.restartMs = Math.min(this.restartMs * 2, LAST_RESTART_MS);
  }

  setDeadline(deadline: Omit<ToGuardian & { type: 'deadline' }, 'type'>): void {
    const message: ToGuardian = { type: 'deadline', ...deadline };
    this.deadlines.set(deadline.id, message);
    this.send(message);
  }

  liftDeadline(id: string): void {
    if (this.deadlines.delete(id)) this.send({ type: 'lift', id });
  }

  /** Ends it: there is nothing left to guard. */
  goodbye(): void {
    this.stopped = true;
    this.send({ type: 'goodbye' });
    this.child?.stdin?.end();
  }

  private send(message: ToGuardian): void {
    this.child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
