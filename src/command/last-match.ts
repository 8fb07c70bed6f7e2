import { Script, createContext } from 'node:vm';

/** A pattern that takes longer than this, in ms, would block the worker's main loop. */
const MATCH_MS = 50;

const CODE = new Script(
  '(() => { const m = [...text.matchAll(new RegExp(pattern, "gm"))].at(-1); return m && (m[1] ?? m[0]); })()',
);

/** Finds the last match of a pattern, which may come from anybody: one that takes too long is given up for good. */
export class LastMatch {
  private readonly context: { text: string; pattern: string };
  private isGivenUp = false;

  constructor(pattern: string) {
    this.context = createContext({ text: '', pattern }) as LastMatch['context'];
  }

  /** The match, or its first group; undefined when there is none. */
  in(text: string): string | undefined {
    if (this.isGivenUp) return undefined;
    this.context.text = text;
    try {
      return CODE.runInContext(this.context, { timeout: MATCH_MS }) as string | undefined;
    } catch {
      this.isGivenUp = true; // the syntax was checked before: it took too long
      return undefined;
    }
  }
}
