import { mkdirSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { isRunning, startTicks } from '../helpers/kernel-oracle';
import { compiled } from './compile';
import type { HostProgram } from './host/protocol';

const ANSWER_MS = 20_000;

/** A process that does what it is told; see programs/puppet.c. */
export class Puppet {
  readonly ticks: string | undefined;
  /** Its connection is closed: the kernel's word that it is dead. */
  isDead = false;
  readonly death: Promise<void>;
  private answer: ((word: string) => void) | undefined;

  constructor(
    readonly id: string,
    readonly pid: number,
    private readonly socket: Socket,
  ) {
    this.ticks = startTicks(pid);
    socket.on('error', () => undefined); // it was killed: 'close' follows
    this.death = new Promise((resolve) => {
      socket.once('close', () => {
        this.isDead = true;
        this.answer?.('dead');
        resolve();
      });
    });
  }

  answered(word: string): void {
    this.answer?.(word);
    this.answer = undefined;
  }

  /** What it answers: `done` or `refused`; `dead` when it has died instead. */
  async tell(command: string): Promise<string> {
    if (this.isDead) return 'dead';
    const answer = new Promise<string>((resolve) => (this.answer = resolve));
    this.socket.write(`${command}\n`);
    return within(`${this.id} answers "${command}"`, answer);
  }

  /** By the kernel's process table. */
  get isRunning(): boolean {
    return isRunning(this.pid, this.ticks);
  }
}

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ANSWER_MS} ms in vain until ${what}`)), ANSWER_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Hears of every puppet; when it closes, they all end. */
export class PuppetTheatre {
  readonly puppets = new Map<string, Puppet>();
  private readonly expected = new Map<string, (puppet: Puppet) => void>();
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly path: string,
  ) {
    server.on('connection', (socket) => this.greet(socket));
  }

  static async open(path: string): Promise<PuppetTheatre> {
    mkdirSync(dirname(path), { recursive: true });
    const server = createServer().listen(path);
    await once(server, 'listening');
    return new PuppetTheatre(server, path);
  }

  program(id: string): HostProgram {
    return { command: compiled('puppet'), args: [this.path, id] };
  }

  /** Waits for a puppet to appear; called before what makes it appear. */
  expect(id: string): Promise<Puppet> {
    return within(`puppet ${id} appears`, new Promise((resolve) => this.expected.set(id, resolve)));
  }

  private greet(socket: Socket): void {
    this.sockets.add(socket);
    let text = '';
    let puppet: Puppet | undefined;
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data) => {
      text += data.toString();
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const [word, id, pid] = text.slice(0, end).split(' ');
        text = text.slice(end + 1);
        if (word === 'hello') {
          puppet = new Puppet(id, Number(pid), socket);
          this.puppets.set(id, puppet);
          this.expected.get(id)?.(puppet);
          this.expected.delete(id);
        } else puppet?.answered(word);
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    const closed = once(this.server, 'close');
    this.server.close();
    await closed;
  }
}
