import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { deferred } from '../../tracking/deferred';
import type { ReaperNotices } from '../../tracking/reaper-protocol';
import type { ProcessConfig } from '../config';
import type { ThreadLog } from './thread-log';
import type { ReaperProcess } from '../reaper-process';
import { ServedReaper } from './served-reaper';
import type { ServerEnd } from '../serve/server-end';
import type { FromReaper, FromThread, ToReaper } from './thread-protocol';

/** How long a reaper leaves the processor to the Worker that has just started, in ms, before it sweeps and connects. */
const STARTING_MS = 250;

/** The reapers of a thread, by the numbers that the main thread assigned. */
export class ServedReapers {
  private readonly reapers = new Map<number, ServedReaper>();
  private isSwept = false;
  private isStopped = false;
  private endsByItself = true;
  private readonly loaded = deferred<typeof ServerEnd>();

  /** @param log the thread's log */
  constructor(
    private readonly config: ProcessConfig,
    private readonly process: ReaperProcess,
    private readonly log: ThreadLog,
    private readonly post: (message: FromThread) => void,
  ) {
    this.load().catch((error: unknown) => {
      this.log.add('ERROR', 'The reaper cannot load the SDK: it only tracks and kills', { error: String(error) });
    });
  }

  /** The SDK takes longest to load, and a thread does nothing else while it loads. So it is loaded last, in pieces. */
  private async load(): Promise<void> {
    await import('@temporalio/common');
    await turn();
    await import('@temporalio/client');
    await turn();
    const { ServerEnd, installRuntime } = await import('../serve/server-end.js');
    this.post({ type: 'loaded' });
    if (this.isStopped) return;
    installRuntime(this.log.add);
    this.loaded.resolve(ServerEnd);
  }

  take({ reaper: number, ...message }: ToReaper & { reaper: number }): void {
    if (message.type === 'serve') {
      const { config, process } = this;
      const reply = (answer: FromReaper): void => this.post({ ...answer, reaper: number });
      const data = { ...message, config: { ...message.config, ...config } };
      const notices = noticesTo(reply);
      const reaper = new ServedReaper(data, process.containment, process, notices, reply);
      this.reapers.set(number, reaper);
      this.passLog();
      void this.start(reaper);
      return;
    }
    const reaper = this.reapers.get(number);
    if (message.type !== 'leave') return reaper?.take(message);
    void this.leave(number, reaper).finally(() => this.post({ type: 'left', reaper: number }));
  }

  private async start(reaper: ServedReaper): Promise<void> {
    await sleep(STARTING_MS, undefined, { ref: false });
    if (reaper.isStopped) return;
    if (!this.isSwept) reaper.sweep();
    this.isSwept = true;
    reaper.connect(await this.loaded.promise);
  }

  /** @returns whether nothing is left that would keep the thread alive */
  async stop(): Promise<boolean> {
    this.isStopped = true;
    await Promise.all([...this.reapers].map(([number, reaper]) => this.leave(number, reaper)));
    this.process.stop();
    return this.endsByItself;
  }

  private async leave(number: number, reaper: ServedReaper | undefined): Promise<void> {
    if (reaper && !(await reaper.stop())) this.endsByItself = false;
    this.reapers.delete(number);
    this.passLog();
  }

  /** What concerns the whole thread is logged by its oldest reaper. */
  private passLog(): void {
    const [first] = this.reapers.values();
    this.log.passTo(first?.notices.log);
  }
}

function noticesTo(post: (message: FromReaper) => void): ReaperNotices {
  return {
    notify: (notice) => post({ type: 'notice', notice }),
    log: (...line) => post({ type: 'log', line }),
  };
}
