import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;

/** The program to start: `CHROMIUM`, or the first of the usual names on PATH. Throws with what to do if there is none. */
export function findChromium(): string {
  const names = process.env.CHROMIUM ? [process.env.CHROMIUM] : ['chromium', 'chromium-browser', 'google-chrome'];
  const found = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found) return found;
  throw new Error(
    `${names.join(', ')}: cannot be run. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM to its path`,
  );
}

/** An answer or an event of the DevTools protocol. */
interface Message {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

interface Waiting {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

/**
 * Headless Chromium. It is driven through a pipe, which needs no port and no WebSocket library; when the pipe closes, because
 * this process has ended, Chromium ends too.
 */
export class Browser {
  private readonly waiting = new Map<number, Waiting>();
  private readonly child: ChildProcess;
  private session?: string;
  private lastId = 0;

  /** @param profile folder for its files; whoever starts the browser removes it */
  constructor(program: string, profile: string) {
    const args = [
      '--headless=new',
      '--remote-debugging-pipe',
      // It shows nothing but our own server, and its sandbox works neither for root nor in most containers.
      '--no-sandbox',
      `--user-data-dir=${profile}`,
      // Helpers that outlive a killed browser for a moment would write a cache into a folder that is removed meanwhile.
      '--disk-cache-dir=/dev/null',
      // Neither the browser nor the page reaches anything but this machine.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
      ...['--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--force-color-profile=srgb'],
    ];
    this.child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.child.on('error', (error) => this.fail(error));
    this.child.on('exit', (code, signal) => this.fail(new Error(`Chromium has ended (${signal ?? code})`)));
    const [, , , input, output] = this.child.stdio as unknown as [null, null, null, Writable, Readable];
    input.on('error', () => undefined); // EPIPE: its end is reported by 'exit'
    let rest = '';
    output.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() ?? '';
      for (const message of messages) this.receive(JSON.parse(message) as Message);
    });
  }

  /** Opens the one page that is used for everything. */
  async open(): Promise<void> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    this.session = sessionId as string;
  }

  async resize(width: number, height: number): Promise<void> {
    await this.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async goTo(url: string): Promise<void> {
    const { errorText } = (await this.call('Page.navigate', { url })) as { errorText?: string };
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
  }

  /** The value of a JavaScript expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    const { result, exceptionDetails } = answer as { result: { value?: unknown }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until an expression in the page is true. */
  async until(what: string, expression: string): Promise<void> {
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    while ((await this.evaluate(`Boolean(${expression})`)) !== true) {
      if (Date.now() > deadline) throw new Error(`The page does not show ${what}`);
      await sleep(100);
    }
  }

  /** A part of the page as a PNG. */
  async screenshot(part: { x: number; y: number; width: number; height: number }): Promise<Buffer> {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png', clip: { ...part, scale: 1 } });
    return Buffer.from(data as string, 'base64');
  }

  /** Safe to call twice. */
  async end(): Promise<void> {
    if (this.hasEnded()) return;
    const exit = once(this.child, 'exit');
    this.call('Browser.close').catch(() => undefined); // the exit is what counts
    await Promise.race([exit, sleep(END_WITHIN_MS, undefined, { ref: false })]);
    if (this.hasEnded()) return;
    this.child.kill('SIGKILL');
    await exit;
  }

  private hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  private async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    if (this.hasEnded()) throw new Error('Chromium has ended');
    const id = (this.lastId += 1);
    const isForBrowser = method.startsWith('Target.') || method.startsWith('Browser.');
    const message = { id, method, params, ...(isForBrowser ? {} : { sessionId: this.session }) };
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    (this.child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    const late = sleep(ANSWER_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error(`Chromium does not answer ${method}`);
    });
    return Promise.race([answer, late]);
  }

  private receive({ id, result, error }: Message): void {
    const waiting = id === undefined ? undefined : this.waiting.get(id); // an event has no id
    if (id === undefined || !waiting) return;
    this.waiting.delete(id);
    if (error) waiting.reject(new Error(`Chromium: ${error.message}`));
    else waiting.resolve(result ?? {});
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
