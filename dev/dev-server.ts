import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

export interface DevServerOptions {
  /** Further arguments of `temporal server start-dev`. */
  extraArgs?: string[];
  /** Starts the web UI too, on a free port. Default: false. */
  ui?: boolean;
  /** Port of the gRPC front end. Default: a free one. */
  port?: number;
  /** Folder of the server's log, created if missing. Default: `test-results` of the project. */
  logDir?: string;
}

export interface DevServer {
  /** host:port of the gRPC front end. */
  readonly address: string;
  /** Set with `ui: true`. */
  readonly uiPort?: number;
  /** Port of the HTTP endpoint that serves the server's own metrics at `/metrics`. */
  readonly metricsPort: number;
  /** Leader of the server's process group. */
  readonly pid: number;
  readonly serverVersion: string;
  readonly logFile: string;
  /** Ends the server and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/** Makes the server push cancels to workers; needs server 1.32, off by default there. */
export const serverPushArgs: readonly string[] = [
  '--dynamic-config-value',
  'frontend.WorkerCommandsEnabled=true',
  '--dynamic-config-value',
  'system.enableCancelActivityWorkerCommand=true',
];

const READY_WITHIN_MS = 30_000;
const ATTEMPTS = 3;

/**
 * Starts a Temporal server with an in-memory database on free ports of 127.0.0.1; resolves when its namespace `default`
 * answers. The server ends with this process, however this process ends.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const cli = temporalCli();
  let reason: unknown;
  // Another process can take a free port before the server does: then try others.
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const [port, ...others] = await freePorts(4);
    const { child, ...server } = launch(cli, options, [options.port ?? port, ...others]);
    try {
      return { ...server, serverVersion: await untilReady(child, server) };
    } catch (error) {
      reason = error;
      await server.stop();
    }
  }
  throw reason;
}

interface Launched extends Omit<DevServer, 'serverVersion'> {
  readonly child: ChildProcess;
}

function launch(cli: string, options: DevServerOptions, ports: number[]): Launched {
  const [port, httpPort, metricsPort, uiPort] = ports;
  const logDir = options.logDir ?? join(projectRoot(), 'test-results');
  mkdirSync(logDir, { recursive: true });
  const logFile = join(logDir, `temporal-${port}.log`);
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'];
  args.push('--port', `${port}`, '--http-port', `${httpPort}`, '--metrics-port', `${metricsPort}`);
  args.push(...(options.ui ? ['--ui-port', `${uiPort}`] : ['--headless']), ...(options.extraArgs ?? []));

  const log = openSync(logFile, 'w');
  // Its data is only in memory, so it needs no grace period.
  const tie = join(projectRoot(), 'scripts', 'die-with-parent.mjs');
  const child = spawn(process.execPath, [tie, '0', cli, ...args], { detached: true, stdio: ['pipe', log, log] });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${process.execPath} cannot be started`);
  child.unref();
  // The pipe ties the server to us, but must not keep us alive.
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin?.on('error', () => undefined); // EPIPE if the server has ended first

  return {
    child,
    address: `127.0.0.1:${port}`,
    metricsPort,
    ...(options.ui ? { uiPort } : {}),
    pid: child.pid,
    logFile,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  const exit = once(child, 'exit');
  child.ref();
  child.kill('SIGTERM');
  await exit;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The server's version, once it serves the namespace. */
async function untilReady(child: ChildProcess, { address, logFile }: Omit<Launched, 'child'>): Promise<string> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let reason: unknown = 'no answer';
  while (Date.now() < deadline) {
    if (ended(child)) throw new Error(`The Temporal server ended at once. Its log:\n${readFileSync(logFile, 'utf8')}`);
    try {
      await reachable(address);
      return await probe(address);
    } catch (error) {
      reason = error;
      await sleep(20);
    }
  }
  throw new Error(`The Temporal server at ${address} is not ready after ${READY_WITHIN_MS / 1000} s; log: ${logFile}`, {
    cause: reason,
  });
}

/** Tried first, because gRPC waits a second after a refused connection. */
async function reachable(address: string): Promise<void> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function probe(address: string): Promise<string> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return (await connection.workflowService.getSystemInfo({})).serverVersion;
  } finally {
    await connection.close();
  }
}

/** Opens all ports before it closes any, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** The CLI that `npm run setup` found; searched for now if that has not run. */
export function temporalCli(): string {
  if (process.env.TEMPORAL_CLI) return process.env.TEMPORAL_CLI;
  const noted = join(projectRoot(), '.cache', 'setup.json');
  if (existsSync(noted)) {
    const { cli } = JSON.parse(readFileSync(noted, 'utf8')) as { cli: { path: string } };
    if (existsSync(cli.path)) return cli.path;
  }
  const setup = join(projectRoot(), 'scripts', 'setup.mjs');
  return execFileSync(process.execPath, [setup, '--print-cli'], { encoding: 'utf8' }).trim();
}

/** Works from `demo/` and from `dist/demo/`. */
export function projectRoot(): string {
  let dir = __dirname;
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}
