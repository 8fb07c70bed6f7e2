import { type IPty, spawn } from '@lydell/node-pty';
import { waitUntil } from './wait-until';

interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: NodeJS.ProcessEnv;
}

/** A program on a terminal of its own. */
export class Terminal {
  /** Everything that the program has written. */
  text = '';
  private readonly exited: Promise<number>;
  private readonly pty: IPty;

  constructor(command: string, args: string[], { columns = 100, rows = 20, env = {} }: TerminalOptions = {}) {
    this.pty = spawn(command, args, {
      cols: columns,
      rows,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', TERM: 'xterm-256color', ...env },
    });
    this.pty.onData((data) => (this.text += data));
    this.exited = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  get pid(): number {
    return this.pty.pid;
  }

  /** The lines on the screen, of a program that draws each frame from the top left. */
  get frame(): string[] {
    const last = this.text.slice(this.text.lastIndexOf('\u001b[H') + '\u001b[H'.length);
    return last.split(/\r+\n/).map((line) => line.replace('\u001b[K', ''));
  }

  press(keys: string): void {
    this.pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.pty.resize(columns, rows);
  }

  /** Waits until the screen shows it. */
  async shows(pattern: RegExp): Promise<string[]> {
    try {
      await waitUntil(`the terminal shows ${pattern}`, () => pattern.test(this.frame.join('\n')), {
        timeoutMs: 30_000,
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows\n${this.frame.join('\n')}`);
    }
    return this.frame;
  }

  /** Waits for the program to end; returns its exit code. */
  exitCode(): Promise<number> {
    return this.exited;
  }

  /** Ends the program, however it is. */
  async close(): Promise<void> {
    this.pty.kill('SIGKILL');
    await this.exited;
  }
}
