import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KillReport } from '../../src/contract/kill-report';
import { openForWorker } from '../../src/process/containment/ladder';
import type { Containment } from '../../src/process/containment/level';
import { openEncloser } from '../../src/process/containment/open-encloser';
import { nowTicks, ownStartTicks } from '../../src/process/table/liveness';
import type { WorkerMark } from '../../src/process/marker';
import { Reaper } from '../../src/reaper/reaper';
import type { AttemptScope } from '../../src/tracking/attempt-scope';
import { scopeStorage } from '../../src/tracking/scope-storage';
import { scopeOf } from '../helpers/attempt-scope';
import type { Leftovers, ReaperLink } from '../../src/tracking/reaper-protocol';
import { installSpawnHook } from '../../src/tracking/spawn-hooks';
import { installSyncHooks } from '../../src/tracking/sync-hooks';
import { quietNotices } from '../helpers/quiet-notices';
import { ownDirectory } from './cgroup-kernel';

const escalation = { signal: 'SIGTERM', graceMs: 300, settleMs: 5_000 } as const;

/** An attempt as a worker runs it: what is started in `run` is tracked. */
export class LabAttempt {
  readonly token = randomUUID();
  /** Of each asynchronous spawn and each synchronous call: whether all was done to enclose it. */
  readonly enclosed: boolean[] = [];
  private readonly scope: AttemptScope;

  constructor(
    private readonly reaper: Reaper,
    containment: Containment,
    mark: WorkerMark,
    activityId: string,
    warn: (message: string) => void,
  ) {
    const attempt = { namespace: 'lab', workflowId: 'w', runId: 'r', activityId, attempt: 1 };
    const link: ReaperLink = {
      isOnThread: reaper.isOnThread,
      tell: (command) => {
        if (command.type === 'processStarted' || command.type === 'syncStarted') this.enclosed.push(command.isEnclosed);
        reaper.tell(command);
      },
      ask: (request) => reaper.ask(request),
    };
    this.scope = scopeOf({
      token: this.token,
      attempt,
      mark,
      link,
      encloser: openEncloser(containment.encloserData, warn),
    });
    reaper.tell({
      type: 'open',
      token: this.token,
      attempt,
      activityType: 'lab',
      taskToken: new Uint8Array(),
      sinceTicks: nowTicks(),
      escalation,
      heartbeatTimeoutMs: 0,
      isLocal: true,
      leftovers: 'leave' as const,
      door: this.scope.door.memory,
    });
  }

  get marker(): { name: string; value: string } {
    return this.scope.marker;
  }

  run<T>(work: () => T): T {
    return scopeStorage.run(this.scope, work);
  }

  adopt(pid: number): void {
    this.scope.adopt(pid);
  }

  async kill(): Promise<KillReport> {
    const report = await this.reaper.ask({ type: 'kill', token: this.token, then: 'fail', reason: 'test' });
    return report as KillReport;
  }

  close(leftovers: Leftovers = 'leave'): void {
    this.reaper.tell({ type: 'close', token: this.token, leftovers });
  }

  /** The names of the cgroups that this attempt has now. */
  directories(lab: CgroupLab): string[] {
    const key = this.marker.name.slice('TEMPORAL_REAPER_'.length);
    return lab.directories().filter((name) => name.startsWith(`${key}:`));
  }
}

export interface LabOptions {
  level?: 'auto' | 'cgroup' | 'scan';
  guardian?: boolean;
  hostId?: string;
}

/** A reaper in this process, and attempts of its worker. */
export class CgroupLab {
  private attempts = 0;

  private constructor(
    readonly reaper: Reaper,
    readonly containment: Containment,
    readonly mark: WorkerMark,
    readonly logs: string[],
  ) {}

  static async open({
    level = 'cgroup',
    guardian = false,
    hostId = `lab-${process.env.REAPER_TEST_RUN?.slice(0, 8)}-${randomUUID()}`,
  }: LabOptions = {}): Promise<CgroupLab> {
    installSpawnHook();
    installSyncHooks();
    const mark = { hostId, workerPid: process.pid, workerStartTicks: ownStartTicks() };
    const containment = await openForWorker(level, mark);
    const logs: string[] = []; // it logs as soon as it is made
    return new CgroupLab(
      new Reaper(
        {
          hostId,
          workerPid: process.pid,
          mark,
          namespace: 'lab',
          containment: level,
          control: false,
          watchIntervalMs: false,
          guardian,
          escalation,
          guardianEscalation: escalation,
          version: 'test',
        },
        'inline',
        quietNotices((_, message) => logs.push(message)),
        containment,
      ),
      containment,
      mark,
      logs,
    );
  }

  attempt(): LabAttempt {
    const { reaper, containment } = this;
    return new LabAttempt(reaper, containment, this.mark, `a${++this.attempts}`, (message) => this.logs.push(message));
  }

  /** The worker's own directory. */
  get directory(): string {
    return join(ownDirectory, `temporal-reaper:${this.mark.hostId}:${process.pid}:${this.mark.workerStartTicks}`);
  }

  /** The cgroups below it. */
  directories(): string[] {
    try {
      return readdirSync(this.directory, { withFileTypes: true }).flatMap((each) =>
        each.isDirectory() ? [each.name] : [],
      );
    } catch {
      return [];
    }
  }

  async close(): Promise<void> {
    await this.reaper.stop();
  }
}
