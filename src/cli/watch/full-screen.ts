import { emitKeypressEvents } from 'node:readline';
import type { CliContext } from '../context';
import type { ScreenSize } from './watch-frame';
import type { PressedKey } from './watch-keys';

// Node has no functions for these. The terminal's own screen comes back as it was, with its scroll-back.
const ALTERNATE_SCREEN = { on: '\x1b[?1049h', off: '\x1b[?1049l' };
const CURSOR = { hide: '\x1b[?25l', show: '\x1b[?25h' };
/** Off, a line that is wider than the terminal thinks cannot push the others down. */
const LINE_WRAP = { off: '\x1b[?7l', on: '\x1b[?7h' };
const TOP_LEFT = '\x1b[H';
/** Before the text: after it, in the last column, it would take the last character. */
const CLEAR_LINE = '\x1b[K';

/** What a terminal without a size is taken for. */
const USUAL_SIZE: ScreenSize = { columns: 80, rows: 24 };

/** What the user does at the terminal. */
export interface ScreenEvents {
  onKey(key: PressedKey): void;
  onResize(): void;
  /** There is nobody at the terminal any more. */
  onEnd(): void;
}

/** The whole terminal, taken over from `enter` until `leave`. */
export class FullScreen {
  private events: ScreenEvents | undefined;
  private readonly restore = (): void => this.leave();
  private readonly keyPressed = (_text: unknown, key: PressedKey): void => this.events?.onKey(key);
  private readonly resized = (): void => this.events?.onResize();
  private readonly ended = (): void => this.events?.onEnd();

  constructor(private readonly terminal: Pick<CliContext, 'stdin' | 'stdout' | 'signals'>) {}

  get size(): ScreenSize {
    const { columns, rows } = this.terminal.stdout;
    return { columns: columns || USUAL_SIZE.columns, rows: rows || USUAL_SIZE.rows };
  }

  enter(events: ScreenEvents): void {
    const { stdin, stdout, signals } = this.terminal;
    this.events = events;
    signals.once('exit', this.restore); // however this process ends
    stdout.write(ALTERNATE_SCREEN.on + CURSOR.hide + LINE_WRAP.off);
    stdout.on('resize', this.resized);
    if (stdin.isTTY !== true) return; // keys come from elsewhere, or not at all
    stdin.setRawMode?.(true);
    emitKeypressEvents(stdin);
    stdin.on('keypress', this.keyPressed);
    stdin.on('end', this.ended);
    stdin.on('error', this.ended); // the terminal is gone
    stdin.resume();
  }

  /** Shows the lines, which must fit. */
  draw(lines: readonly string[]): void {
    const text = lines.map((line) => CLEAR_LINE + line).join('\r\n');
    this.terminal.stdout.write(TOP_LEFT + text);
  }

  /** Gives the terminal back as it was. A second call does nothing. */
  leave(): void {
    if (!this.events) return;
    this.events = undefined;
    const { stdin, stdout, signals } = this.terminal;
    signals.off('exit', this.restore);
    stdout.off('resize', this.resized);
    stdin.off('keypress', this.keyPressed);
    stdin.off('end', this.ended);
    stdout.write(LINE_WRAP.on + CURSOR.show + ALTERNATE_SCREEN.off);
    if (stdin.isTTY !== true) return;
    // Its error listener stays: a terminal that is gone refuses this too.
    stdin.setRawMode?.(false);
    stdin.pause();
  }
}
