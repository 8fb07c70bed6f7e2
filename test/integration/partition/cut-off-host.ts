import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { platform } from 'node:os';

/** Why network namespaces cannot be made here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (platform() !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'making a network namespace takes root';
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1'], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    return `no network namespace can be made: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}`;
  }
}

/**
 * A network namespace that reaches one port of this machine's loopback by one link, which can be cut. The namespace has
 * no name: it goes, and the link with it, when its last process has, however the test ends.
 */
export class CutOffHost {
  /** Bytes that came over the link from inside; what the server sends is taken by this machine's kernel, cut or not. */
  bytes = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly holder: ChildProcess,
    private readonly link: string,
    private readonly forwarder: ReturnType<typeof createServer>,
    /** What the server is called inside. */
    readonly address: string,
  ) {}

  static async open(serverAddress: string): Promise<CutOffHost> {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      holder.stdin.write('in\n');
      await once(holder.stdout, 'data'); // it is in its namespace
      const id = randomBytes(3).toString('hex');
      const [outer, inner] = [`rpr${id}o`, `rpr${id}i`];
      // Of the block for documentation: no real network has it.
      const subnet = `198.51.100.${(randomBytes(1)[0] >> 2) << 2}`.split('.').map(Number);
      const host = (number: number): string => [...subnet.slice(0, 3), subnet[3] + number].join('.');
      ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', String(holder.pid));
      ip('address', 'add', `${host(1)}/30`, 'dev', outer);
      ip('link', 'set', outer, 'up');
      const enter = ['--target', String(holder.pid), '--net'];
      for (const args of [
        ['address', 'add', `${host(2)}/30`, 'dev', inner],
        ['link', 'set', inner, 'up'],
        ['link', 'set', 'lo', 'up'],
      ]) {
        execFileSync('nsenter', [...enter, 'ip', ...args], { stdio: 'pipe' });
      }
      const forwarder = createServer().listen(0, host(1));
      await once(forwarder, 'listening');
      const { port } = forwarder.address() as AddressInfo;
      const opened = new CutOffHost(holder, outer, forwarder, `${host(1)}:${port}`);
      forwarder.on('connection', (socket) => opened.forward(socket, serverAddress));
      return opened;
    } catch (error) {
      holder.kill('SIGKILL');
      throw error;
    }
  }

  /** What a command is prefixed with to run inside; it keeps its pid. */
  get prefix(): string[] {
    return ['nsenter', '--target', String(this.holder.pid), '--net'];
  }

  cut(): void {
    ip('link', 'set', this.link, 'down');
  }

  mend(): void {
    ip('link', 'set', this.link, 'up');
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.forwarder.close();
    try {
      ip('link', 'delete', this.link);
    } finally {
      const ended = once(this.holder, 'exit');
      this.holder.kill('SIGKILL');
      await ended;
    }
  }

  private forward(inner: Socket, serverAddress: string): void {
    const [host, port] = serverAddress.split(':');
    const outer = connect(Number(port), host);
    inner.on('data', (data: Buffer) => (this.bytes += data.length));
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ]) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => to.destroy()); // the link was cut, or the server ended
      from.on('close', () => this.sockets.delete(from) && to.destroy());
      from.pipe(to);
    }
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
