import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import type { KillReport } from '../../src/contract/kill-report';
import { markedHost } from '../../src/process/host-id';
import type { TestRun } from '../fixtures/processes/test-run';
import type { Environment } from './environments';
import type { CommandName, FromHost, HostCommands, HostFixture, HostProgram, HostRoute } from './host/protocol';

const ENTRY = join(projectRoot(), 'dist', 'test', 'zoo', 'host', 'main.js');

type Given<Name extends CommandName> = HostCommands[Name]['given'];
type Result<Name extends CommandName> = HostCommands[Name]['result'];
type Reply = FromHost & { type: 'reply' };

/** What the host threw; its code is an error code of this package, or the operating system's. */
export class HostError extends Error {
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

let hosts = 0;

/** A host process, seen from the tests: see host/main.ts. */
export class ZooHost {
  private readonly waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  private nextId = 1;
  private attempts = 0;

  private constructor(
    readonly child: ChildProcess,
    readonly hostId: string,
    private readonly errors: () => string,
  ) {
    child.on('message', (message: FromHost) => {
      if (message.type === 'reply') this.reply(message);
    });
    child.once('exit', (code, signal) => {
      const error = new Error(`The zoo host ended (${signal ?? code}): ${this.errors()}`);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  /** Starts one; `run` ends what it leaves. */
  static async start(run: TestRun, environment: Environment, more: Partial<HostFixture> = {}): Promise<ZooHost> {
    const { level, node, uid } = environment;
    const fixture: HostFixture = {
      level,
      form: 'inline',
      hostId: markedHost(`zoo-${process.pid}-${++hosts}`),
      escalation: { signal: 'SIGTERM', graceMs: 200, settleMs: 1_500 },
      ...more,
    };
    const child = fork(ENTRY, [JSON.stringify(fixture)], {
      execPath: node,
      execArgv: [],
      cwd: '/',
      uid,
      gid: uid,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', NODE: node, REAPER_TEST_RUN: run.id },
    });
    let text = '';
    child.stderr?.on('data', (data: Buffer) => (text = (text + data.toString()).slice(-4_000)));
    const ready = new Promise<FromHost | undefined>((settle) => {
      child.once('message', settle);
      child.once('exit', () => settle(undefined));
      child.once('error', () => settle(undefined));
    });
    const host = new ZooHost(child, fixture.hostId, () => text);
    const said = await ready;
    if (said?.type === 'ready') return host;
    throw new Error(`The zoo host did not get ready: ${said?.type === 'unavailable' ? said.message : text}`);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  ask<Name extends CommandName>(name: Name, given: Given<Name>): Promise<Result<Name>> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, name, given }, (error) => error && reject(error));
    });
  }

  /** Opens an attempt of an activity of its own, and returns its name. */
  async open(name = `a${++this.attempts}`): Promise<string> {
    await this.ask('open', { attempt: name });
    return name;
  }

  /** Starts a program in the attempt; its pid, unless the route waits for its end. */
  async start(attempt: string, program: HostProgram, route: HostRoute = 'spawn'): Promise<number> {
    return (await this.ask('start', { attempt, program, route })).pid ?? 0;
  }

  kill(attempt: string): Promise<KillReport> {
    return this.ask('kill', { attempt });
  }

  /** SIGKILL. */
  async crash(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Ends it; it kills what its attempts still have. */
  async end(): Promise<void> {
    if (!this.running) return;
    const ended = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  private reply({ id, result, error, code }: Reply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new HostError(error, code));
  }
}
