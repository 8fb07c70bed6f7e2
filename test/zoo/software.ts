import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import type { ContainmentLevel } from '../../src/contract/kill-report';
import { compiled, noCompiler } from './compile';
import type { Environment } from './environments';
import type { HostProgram } from './host/protocol';
import list from './software.json';

/** A program that people run, which daemonises or hides in its own way. */
export interface Software {
  name: string;
  /** Starts it in the folder, where it finds whatever it needs. */
  program: (dir: string, environment: Environment) => HostProgram;
  /** How many of its processes, by name, are to be there before the kill. */
  processes: Record<string, number>;
  /** Names of those that survive, by level; a level that is not named: nobody. */
  survivors: Partial<Record<ContainmentLevel, string[]>>;
  /** The same for a worker that is nobody, where it differs. */
  asNobody?: Partial<Record<ContainmentLevel, string[]>>;
  /** Starts slowly: in a full run only. */
  slow?: true;
  /** Why it cannot be tried there, besides not being installed. */
  obstacle?: (environment: Environment) => string | undefined;
}

function shell(script: string, dir: string, ...more: string[]): HostProgram {
  return { command: 'sh', args: ['-c', script, 'sh', dir, ...more], cwd: dir };
}

/** PostgreSQL refuses to run as root. */
function asPostgres(dir: string, { user }: Environment): string {
  if (user === 'nobody') return '';
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  chownSync(dir, uid, gid);
  return `setpriv --reuid ${uid} --regid ${gid} --clear-groups`;
}

const NGINX = `
error_log stderr;
pid nginx.pid;
worker_processes 2;
events { worker_connections 16; }
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server { listen unix:nginx.sock; }
}
`;

const JAVA = `
public class Parent {
  public static void main(String[] args) throws Exception {
    new ProcessBuilder("sleep", "200").inheritIO().start().waitFor();
  }
}
`;

export const software: Software[] = [
  {
    name: 'nginx',
    program(dir) {
      writeFileSync(join(dir, 'nginx.conf'), NGINX);
      return {
        command: 'nginx',
        args: ['-p', dir, '-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')],
        cwd: dir,
      };
    },
    processes: { nginx: 3 },
    survivors: { scan: ['nginx'], basic: ['nginx'] },
  },
  {
    name: 'Redis, --daemonize',
    program: (dir) => ({
      command: 'redis-server',
      args: [
        '--daemonize',
        'yes',
        '--port',
        '0',
        '--unixsocket',
        join(dir, 's'),
        '--dir',
        dir,
        '--logfile',
        join(dir, 'log'),
      ],
      cwd: dir,
    }),
    processes: { 'redis-server': 1 },
    survivors: { scan: ['redis-server'], basic: ['redis-server'] },
  },
  {
    name: 'PostgreSQL by pg_ctl',
    program(dir, environment) {
      mkdirSync(join(dir, 'run'));
      const as = asPostgres(dir, environment);
      const start = `pg_ctl -D "$1/data" -w -l "$1/log" -o "-c listen_addresses='' -c unix_socket_directories='$1'" start`;
      return shell(
        `PATH="$PATH:$2"; ${as} initdb -D "$1/data" --no-sync -A trust >/dev/null && ${as} ${start}`,
        dir,
        postgresBin(),
      );
    },
    processes: { postgres: 5 },
    // Of a user that nothing else of the attempt is any more: its marker alone is not believed.
    survivors: { scan: ['postgres'], basic: ['postgres'] },
    asNobody: { scan: [] },
    slow: true,
    obstacle: ({ user }) => (user === 'self' ? 'its user can be chosen by root alone' : undefined),
  },
  {
    name: 'tmux',
    program: (dir) => ({
      command: 'tmux',
      args: ['-S', join(dir, 's'), '-f', '/dev/null', 'new-session', '-d', '-c', dir, 'exec sleep 200'],
      cwd: dir,
      // Its shell runs the command: nobody's own is nologin.
      env: { TERM: 'xterm', TMUX: '', SHELL: '/bin/sh' },
    }),
    processes: { 'tmux: server': 1, sleep: 1 },
    survivors: { basic: ['sleep', 'tmux: server'] },
  },
  {
    name: 'ssh-agent',
    program: (dir) => ({ command: 'ssh-agent', args: ['-a', join(dir, 's')], cwd: dir }),
    processes: { 'ssh-agent': 1 },
    survivors: { basic: ['ssh-agent'] },
    asNobody: { scan: ['ssh-agent'] },
  },
  {
    name: 'gpg-agent',
    program: (dir) => ({
      command: 'gpg-agent',
      args: ['--homedir', dir, '--daemon'],
      cwd: dir,
      env: { GNUPGHOME: dir },
    }),
    processes: { 'gpg-agent': 1 },
    survivors: { basic: ['gpg-agent'] },
    asNobody: { scan: ['gpg-agent'] },
  },
  {
    name: 'Chromium, headless',
    program: (dir) => ({
      command: 'chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--remote-debugging-port=0',
        `--user-data-dir=${dir}`,
        'about:blank',
      ],
      cwd: dir,
      env: { HOME: dir },
    }),
    processes: { chromium: 4 },
    survivors: {},
    slow: true,
  },
  {
    name: 'a JVM with a child',
    program(dir) {
      writeFileSync(join(dir, 'Parent.java'), JAVA);
      return { command: 'java', args: ['-Xmx64m', join(dir, 'Parent.java')], cwd: dir };
    },
    processes: { java: 1, sleep: 1 },
    survivors: {},
    slow: true,
  },
  {
    name: 'make -j',
    program(dir) {
      writeFileSync(join(dir, 'Makefile'), 'all: a b c\na b c:\n\tsleep 200 && true\n');
      return { command: 'make', args: ['-j', '-C', dir], cwd: dir };
    },
    processes: { make: 1, sleep: 3 },
    survivors: {},
  },
  {
    name: 'a worker inside of an attempt, with a daemon',
    program: (dir, { node, level }) => ({
      command: node,
      // At the same level: a stronger one would hold the daemon for the outer worker too.
      args: [join(projectRoot(), 'dist', 'test', 'zoo', 'host', 'nested.js'), dir, compiled('escapee'), level],
      cwd: dir,
    }),
    processes: { node: 1, escapee: 2, sleep: 1 },
    survivors: { basic: ['escapee'] },
    obstacle: () => noCompiler(),
  },
];

/** Debian keeps it out of the path. */
function postgresBin(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  return versions.map((version) => `/usr/lib/postgresql/${version}/bin`).join(':');
}

/** Why it is not tried there; undefined when it is. */
export function missing({ name, obstacle }: Software, environment: Environment): string | undefined {
  const known = list.find((each) => each.name === name);
  if (known && !isInstalled(known.command)) return `${known.command} is not installed: node scripts/zoo.mjs --install`;
  return obstacle?.(environment);
}

function isInstalled(command: string): boolean {
  const path = `${process.env.PATH}:${postgresBin()}:/usr/sbin`;
  return path.split(':').some((dir) => existsSync(join(dir, command)));
}

/** Who survives it there. */
export function survivorsIn({ survivors, asNobody }: Software, { level, user }: Environment): string[] {
  return (user === 'root' ? survivors : { ...survivors, ...asNobody })[level] ?? [];
}
