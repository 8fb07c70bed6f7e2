import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessConfig } from './config';
import type { EarlyLines } from './early-lines';
import type { ReaperProcess } from './reaper-process';
import { ServedReaper } from './served-reaper';
import type { FromReaper, FromThread, ToReaper } from './thread-protocol';

/** The reapers of a thread, by the numbers that the main thread has given them. */
export class ServedReapers {
  private readonly reapers = new Map<number, ServedReaper>();
  private isSwept = false;

  /** @param early what the process had to say before its first reaper was there */
  constructor(
    private readonly config: ProcessConfig,
    private readonly process: ReaperProcess,
    private readonly early: EarlyLines,
    private readonly post: (message: FromThread) => void,
  ) {
    // Its own Runtime: at the first SIGTERM the main thread's stops all of its Workers, and these go on.
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR', ({ message, meta }) => {
        const [first] = this.reapers.values();
        first?.notices.log('ERROR', `reaper: ${message}`, { error: String(meta?.error) });
      }),
    });
  }

  take({ reaper: number, ...message }: ToReaper & { reaper: number }): void {
    if (message.type === 'serve') {
      const { config, process } = this;
      const reply = (answer: FromReaper): void => this.post({ ...answer, reaper: number });
      const data = { ...message, config: { ...message.config, ...config } };
      const notices = noticesTo(reply);
      this.early.passTo(notices.log);
      const reaper = new ServedReaper(data, process.containment, process, notices, reply);
      this.reapers.set(number, reaper);
      if (!this.isSwept) reaper.sweep();
      this.isSwept = true;
      return;
    }
    const reaper = this.reapers.get(number);
    if (message.type !== 'leave') return reaper?.take(message);
    void this.leave(number, reaper).finally(() => this.post({ type: 'left', reaper: number }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.reapers].map(([number, reaper]) => this.leave(number, reaper)));
    if (this.isSwept) this.process.stop();
    else this.process.stopUnused();
  }

  private async leave(number: number, reaper: ServedReaper | undefined): Promise<void> {
    await reaper?.stop();
    this.reapers.delete(number);
  }
}

function noticesTo(post: (message: FromReaper & { type: 'notice' }) => void): ReaperNotices {
  const notify = (notice: (FromReaper & { type: 'notice' })['notice']): void => post({ type: 'notice', notice });
  return {
    killing: (...args) => notify({ name: 'killing', args }),
    killed: (...args) => notify({ name: 'killed', args }),
    counted: (...args) => notify({ name: 'counted', args }),
    holdEnded: (...args) => notify({ name: 'holdEnded', args }),
    closed: (...args) => notify({ name: 'closed', args }),
    guardianStarted: (...args) => notify({ name: 'guardianStarted', args }),
    log: (...args) => notify({ name: 'log', args }),
  };
}
