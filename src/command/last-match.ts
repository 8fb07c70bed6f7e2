import { Script, createContext } from 'node:vm';

/** A pattern that takes longer than this, in ms, would block the worker's main loop. */
const MATCH_MS = 50;
/** Once or twice may be the machine's fault. */
const GIVE_UP_AFTER = 3;

const CODE = new Script(
  '(() => { const m = [...text.matchAll(new RegExp(pattern, "gm"))].at(-1); return m && (m[1] ?? m[0]); })()',
);

/** Finds the last match of a pattern, which may come from anybody: one that takes too long is given up for good. */
export class LastMatch {
  private readonly context: { text: string; pattern: string };
  /** How often in a row it took too long. */
  private late = 0;

  constructor(pattern: string) {
    this.context = createContext({ text: '', pattern }) as LastMatch['context'];
  }

  /** The match, or its first group; undefined when there is none. */
  in(text: string): string | undefined {
    if (this.late >= GIVE_UP_AFTER) return undefined;
    this.context.text = text;
    try {
      const found = CODE.runInContext(this.context, { timeout: MATCH_MS }) as string | undefined;
      this.late = 0;
      return found;
    } catch {
      this.late += 1; // the syntax was checked before: it took too long
      return undefined;
    }
  }
}
