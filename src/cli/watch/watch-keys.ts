import type { WatchView } from './watch-frame';

/** A key as Node's readline names it. */
export interface PressedKey {
  name?: string;
  ctrl?: boolean;
}

/** What a view changes to at a key. */
type KeyEffect = (view: WatchView, page: number) => Partial<WatchView>;

const scroll =
  (lines: (page: number) => number): KeyEffect =>
  ({ offset }, page) => ({ offset: Math.max(0, offset + lines(page)) });

const EFFECTS: Record<string, KeyEffect> = {
  c: () => ({ order: 'cpu', offset: 0 }),
  m: () => ({ order: 'memory', offset: 0 }),
  a: () => ({ order: 'age', offset: 0 }),
  space: ({ isPaused }) => ({ isPaused: !isPaused }),
  up: scroll(() => -1),
  k: scroll(() => -1),
  down: scroll(() => 1),
  j: scroll(() => 1),
  pageup: scroll((page) => -page),
  pagedown: scroll((page) => page),
  home: () => ({ offset: 0 }),
  end: () => ({ offset: Number.MAX_SAFE_INTEGER }),
};

/** Whether the key ends the watch: q or Ctrl-C, which is no signal while keys are read one by one. */
export function isQuitKey({ name, ctrl = false }: PressedKey): boolean {
  return name === (ctrl ? 'c' : 'q');
}

/** The view after a key; the same view when the key means nothing. */
export function viewAfterKey(view: WatchView, { name = '', ctrl = false }: PressedKey, page: number): WatchView {
  if (ctrl || !Object.hasOwn(EFFECTS, name)) return view;
  return { ...view, ...EFFECTS[name](view, page) };
}
