import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KillReport } from '../../src/contract/kill-report';
import { openForWorker } from '../../src/process/containment/ladder';
import type { Containment } from '../../src/process/containment/level';
import { openEncloser } from '../../src/process/containment/open-encloser';
import { nowTicks, ownStartTicks } from '../../src/process/identity';
import type { WorkerMark } from '../../src/process/marker';
import { Reaper } from '../../src/reaper/reaper';
import { AttemptScope, scopeStorage } from '../../src/tracking/attempt-scope';
import type { Leftovers } from '../../src/tracking/link';
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
    const link = Object.create(reaper, {
      processStarted: {
        value: (token: string, pid: number, leads: boolean, isEnclosed: boolean) => {
          this.enclosed.push(isEnclosed);
          reaper.processStarted(token, pid, leads, isEnclosed);
        },
      },
      syncStarted: {
        value: (token: string, since: string, isEnclosed: boolean) => {
          this.enclosed.push(isEnclosed);
          reaper.syncStarted(token, since, isEnclosed);
        },
      },
    }) as Reaper;
    this.scope = new AttemptScope(this.token, attempt, mark, true, link, openEncloser(containment.encloserData, warn));
    reaper.open({
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
    return { name: this.scope.markerName, value: this.scope.markerValue };
  }

  run<T>(work: () => T): T {
    return scopeStorage.run(this.scope, work);
  }

  adopt(pid: number): void {
    this.scope.adopt(pid);
  }

  kill(): Promise<KillReport> {
    return this.reaper.kill(this.token, 'fail', 'test');
  }

  close(leftovers: Leftovers = 'leave'): void {
    this.reaper.close(this.token, leftovers);
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
    hostId = `lab-${randomUUID()}`,
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
