import { type ChildProcess, spawn } from 'node:child_process';
import type { Escalation } from '../contract/escalation';
import type { WorkerMark } from '../process/marker';
import type { GuardianData, ToGuardian } from './protocol';
import { reportFileOf } from './report-file';

/** A guardian that was killed is replaced, at most this often. */
const RESTART_MS = 500;
/** Keeps the guardian small: it runs for as long as its worker and does nothing. */
const NODE_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--single-threaded'];

/** The worker's end of its guardian. */
export class GuardianLink {
  private child: ChildProcess | undefined;
  private stopped = false;
  private readonly deadlines = new Map<string, ToGuardian>();

  constructor(
    private readonly mark: WorkerMark,
    private readonly escalation: Escalation,
    private readonly onError: (message: string) => void,
  ) {}

  /** Its pid; undefined while there is none. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    const { mark, escalation } = this;
    const reportFile = reportFileOf(mark.hostId, mark.workerPid, mark.workerStartTicks);
    const data: GuardianData = { mark, escalation, reportFile };
    const child = spawn(process.execPath, [...NODE_FLAGS, require.resolve('./main'), JSON.stringify(data)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Not the worker's: no marker of a worker around us, no secret, no flag meant for the worker.
      env: { PATH: process.env.PATH },
      cwd: '/',
    });
    this.child = child;
    child.unref();
    child.once('error', (error) => this.onError(`The guardian does not start: ${error.message}`));
    child.stdin?.on('error', () => undefined); // it died: 'exit' follows
    child.once('exit', (code, signal) => {
      this.child = undefined;
      if (this.stopped) return;
      this.onError(`The guardian ended (${signal ?? code}); a new one starts`);
      setTimeout(() => !this.stopped && this.start(), RESTART_MS).unref();
    });
    for (const deadline of this.deadlines.values()) this.send(deadline);
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
