import type { Command, Encloser, EncloserData, Enclosure, Outside, Start } from '../containment/enclosure';
import type { NumberRing } from './number-ring';
import { NOBODY } from './tags';
import { type Tagger, taggerOf } from './tagger';

/** What one attempt starts carries its number. */
class TagEnclosure implements Enclosure {
  readonly ref: { tag: number };
  private readonly limit: bigint;
  private readonly calls: NumberRing;

  constructor(private readonly tagger: Tagger) {
    this.ref = { tag: tagger.nextAttempt() };
    this.limit = tagger.limitOf({ attempt: this.ref.tag, call: 0 });
    this.calls = tagger.callsOf(this.ref.tag);
  }

  spawn<T>(
    start: Start,
    call: (command: Command, isEnclosed: boolean) => T,
    hasStarted: (result: T) => number | boolean,
  ): T {
    const { tagger, calls, limit } = this;
    const { tag: attempt } = this.ref;
    const run = (isTagged: boolean): T => call(start, isTagged);
    if (start.isSync) return tagger.callSync({ attempt, call: calls.next() }, run);
    return tagger.spawn(limit, run, (result) => {
      const pid = hasStarted(result);
      return typeof pid === 'number' ? pid : undefined;
    });
  }

  exited(pid: number): void {
    this.tagger.exited(pid);
  }
}

/** What is started outside of attempts carries nobody's number: its orphans fall to us too, and have to be reaped. */
class NobodysTag implements Outside {
  private readonly limit: bigint;
  private readonly calls: NumberRing;

  constructor(private readonly tagger: Tagger) {
    this.limit = tagger.limitOf({ attempt: NOBODY, call: 0 });
    this.calls = tagger.callsOf(NOBODY);
  }

  spawn<T>(call: () => T, pidOf: () => number | undefined): T {
    return this.tagger.spawn(this.limit, call, pidOf);
  }

  callSync<T>(call: () => T): T {
    return this.tagger.callSync({ attempt: NOBODY, call: this.calls.next() }, call);
  }

  exited(pid: number): void {
    this.tagger.exited(pid);
  }
}

/** Tags what attempts start, see {@link Tagger}. */
export class TagEncloser implements Encloser {
  readonly outside: Outside;
  private readonly tagger: Tagger;
  private stopped = false;

  constructor({ mark, wasSubreaper }: EncloserData & { kind: 'subreaper' }) {
    this.tagger = taggerOf(mark);
    this.tagger.use(wasSubreaper);
    this.outside = new NobodysTag(this.tagger);
  }

  enclose(): Enclosure {
    return new TagEnclosure(this.tagger);
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.tagger.leave();
  }
}
