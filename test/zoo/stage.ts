import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureName, processFixtures } from '../fixtures/processes';
import { TestRun } from '../fixtures/processes/test-run';
import { beatsIn, isRunning, processesWithArgument, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { type Environment, environments, ownLevels } from './environments';
import type { HostFixture, HostProgram, HostRoute } from './host/protocol';
import { killIfThere, openDir } from './trial';
import { ZooHost } from './zoo-host';

/** The processes of one program that a host has started, seen from outside. */
export class Cast {
  private readonly ticks = new Map<string, { pid: number; ticks?: string }>();

  constructor(
    readonly dir: string,
    private readonly roles: string[],
  ) {}

  pidOf(role: string): number {
    return Number(readFileSync(join(this.dir, `${role}.pid`), 'utf8'));
  }

  async started(): Promise<this> {
    for (const role of this.roles) {
      const file = join(this.dir, `${role}.pid`);
      await waitUntil(`"${role}" is there`, () => existsSync(file), { timeoutMs: 30_000 });
      this.ticks.set(role, { pid: this.pidOf(role), ticks: startTicks(this.pidOf(role)) });
    }
    return this;
  }

  /** Roles that the kernel says are alive, and how many other processes name the folder. */
  alive(): string[] {
    const roles = this.roles.filter((role) => {
      const known = this.ticks.get(role);
      return known?.ticks !== undefined && isRunning(known.pid, known.ticks);
    });
    const pids = new Set([...this.ticks.values()].map(({ pid }) => pid));
    const others = processesWithArgument(`${this.dir}\0`).filter((pid) => !pids.has(pid));
    return others.length > 0 ? [...roles, `${others.length} others`] : roles;
  }

  async beatOn(role: string, beats = 5): Promise<void> {
    const file = join(this.dir, `${role}.beat`);
    const before = beatsIn(file);
    await waitUntil(`"${role}" goes on beating`, () => beatsIn(file) >= before + beats);
  }
}

/** Hosts and processes of one suite without a server, all ended by {@link end}. */
export class Stage {
  readonly run = new TestRun();
  private readonly hosts: ZooHost[] = [];

  async host(environment: Environment = bestLevel(), more: Partial<HostFixture> = {}): Promise<ZooHost> {
    const host = await ZooHost.start(this.run, environment, more);
    this.hosts.push(host);
    return host;
  }

  /** Starts a fixture in an attempt and waits until each of its processes is there. */
  start(host: ZooHost, attempt: string, name: FixtureName, route?: HostRoute): Promise<Cast> {
    const { command, args, roles } = processFixtures[name];
    return this.startProgram(host, attempt, (dir) => ({ command, args: args(dir) }), roles, route);
  }

  async startProgram(
    host: ZooHost,
    attempt: string,
    program: (dir: string) => HostProgram,
    roles: string[],
    route?: HostRoute,
  ): Promise<Cast> {
    const dir = openDir(this.run);
    await host.start(attempt, program(dir), route);
    return new Cast(dir, roles).started();
  }

  async end(): Promise<void> {
    const ours = new Set(this.hosts.map(({ pid }) => pid));
    for (const pid of this.run.processes()) if (!ours.has(pid)) killIfThere(pid);
    await Promise.all(this.hosts.map((host) => host.end()));
    await this.run.end();
  }
}

/** The strongest level that is there for whoever runs the tests. */
export function bestLevel(): Environment {
  const best = ownLevels().find(({ unavailable }) => unavailable === undefined);
  if (!best) throw new Error('There is no containment level here');
  return best;
}

/** The strongest level for a worker that is nobody; undefined where the tests cannot be nobody. */
export function nobodysLevel(): Environment | undefined {
  return environments().find(({ user, node, unavailable }) => {
    return user === 'nobody' && node === process.execPath && unavailable === undefined;
  });
}
