import type { Encloser, EncloserData, Enclosure } from '../enclosure';
import type { NativeAddon } from '../../native/addon';
import { runEnclosed } from '../../native/run-enclosed';
import { AttemptTags } from './tags';

/** Everything that one attempt starts carries its number. */
class TagEnclosure implements Enclosure {
  readonly ref: { tag: number };
  readonly isCertain = true;
  private readonly limit: bigint;

  constructor(
    private readonly native: NativeAddon,
    tags: AttemptTags,
  ) {
    this.ref = { tag: native.nextNumber() };
    this.limit = tags.format(this.ref.tag);
  }

  run<T>(call: () => T, _: boolean, tell: (isEnclosed: boolean) => void): T {
    return runEnclosed(this.native, { tag: this.limit }, call, () => tell(true));
  }
}

/** Tags what the attempts of this thread start, and keeps this process a subreaper if the reaper thread crashes. */
export class TagEncloser implements Encloser {
  private readonly tags: AttemptTags;
  private hasStopped = false;

  constructor(
    private readonly native: NativeAddon,
    { mark }: EncloserData & { kind: 'subreaper' },
  ) {
    this.tags = new AttemptTags(mark);
    native.setChildSubreaper(true);
  }

  enclose(): Enclosure {
    return new TagEnclosure(this.native, this.tags);
  }

  stop(): void {
    if (this.hasStopped) return;
    this.hasStopped = true;
    this.native.setChildSubreaper(false);
  }
}
