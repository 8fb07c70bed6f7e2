import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** Stands between a worker and the server, on loopback: what the worker sends arrives later by a fixed time. */
export class LatencyProxy {
  private readonly sockets = new Set<Socket>();

  private isSilent = false;

  private constructor(private readonly server: Server) {}

  static async start(serverAddress: string, delayMs: number): Promise<LatencyProxy> {
    const [host, port] = serverAddress.split(':');
    const server = createServer();
    const proxy = new LatencyProxy(server);
    server.on('connection', (near) => {
      const far = connect(Number(port), host);
      for (const socket of [near, far]) {
        socket.setNoDelay(true);
        proxy.sockets.add(socket);
        socket.once('close', () => {
          proxy.sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
        socket.on('error', () => undefined); // its close follows
      }
      near.on('data', (data) => setTimeout(() => far.writable && far.write(data), delayMs));
      far.pipe(near);
      if (proxy.isSilent) proxy.silence();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing passes any more, and nobody is told: the server seems to think for ever. */
  silence(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
