import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { type Server, type TLSSocket, createServer } from 'node:tls';
import type { Certificate } from './certificates';

/** Ends TLS before a dev server, which has none, and lets nobody in without a certificate of the authority. */
export class TlsProxy {
  private readonly open = new Map<TLSSocket, string>();

  private constructor(private readonly server: Server) {}

  static async start(serverAddress: string, ca: string, own: Certificate): Promise<TlsProxy> {
    const [host, port] = serverAddress.split(':');
    const server = createServer({
      ca,
      cert: own.crt,
      key: own.key,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    });
    const proxy = new TlsProxy(server);
    server.on('secureConnection', (near) => {
      proxy.open.set(near, String(near.getPeerCertificate().subject.CN));
      const far = connect(Number(port), host);
      for (const socket of [near, far]) {
        socket.on('error', () => undefined); // its close follows
        socket.once('close', () => {
          proxy.open.delete(near);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Names in the certificates of those who are connected now. */
  get names(): string[] {
    return [...this.open.values()].sort();
  }

  stop(): void {
    this.server.close();
    for (const socket of this.open.keys()) socket.destroy();
  }
}
