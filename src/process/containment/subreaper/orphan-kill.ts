import type { ProcessInfo } from '../../../contract/process-ref';
import type { LevelKill } from '../level';
import type { OrphanAdoption } from './orphan-adoption';

/** The longest that a pursuit blocks its thread, in ms; there is one in each round of a kill's last step. */
const PURSUIT_MS = 20;

/** The orphans of one attempt, while it is being killed. */
export class OrphanKill implements LevelKill {
  readonly proof = 'scan';
  /** True if there was an orphan, dead or alive, that the last look did not show: fast forkers leave a trail of them. */
  isPopulated: true | undefined;

  constructor(
    private readonly adoption: OrphanAdoption,
    private readonly attempt: number,
  ) {}

  observe(found: readonly ProcessInfo[]): void {
    const shown = new Set(found.map(({ pid }) => pid));
    const unseen = this.adoption.reap().filter(({ pid, attempt }) => attempt === this.attempt && !shown.has(pid));
    this.isPopulated = unseen.length > 0 ? true : undefined;
  }

  kill(): void {
    this.adoption.pursue(this.attempt, PURSUIT_MS);
  }

  end(): void {
    this.adoption.reap();
  }
}
