/** A Docker daemon of our own, which keeps everything in one folder. */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { atTheEnd, run, which } from './bounded.mjs';

const START_SECONDS = 60;

/** No networks but none and host. */
const WITHOUT_NETWORKS = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'];

/** In a network namespace of its own: its bridges, rules and published ports are not the machine's. */
const ALONE = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"'];

/**
 * Starts it below a folder, and ends it with the script.
 * @param networks whether it has bridge networks, and a way out of them
 * @returns a function that runs the client on its `socket`; `inside` has the words that run a command where its ports are
 */
export async function startDocker(folder, { networks = false } = {}) {
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const log = join(folder, 'dockerd.log');
  const docker = Object.assign((args, options) => run('docker', ['-H', socket, ...args], options), { socket });
  const places = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${join(folder, name)}`);
  const [command, ...words] = [...(networks ? ALONE : []), which('dockerd'), ...(networks ? [] : WITHOUT_NETWORKS)];
  // In its own session: a Ctrl-C must not end it before its containers.
  const daemon = spawn(command, [...words, ...places, '-H', socket], {
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
    detached: true,
  });
  let ended = false;
  daemon.once('exit', () => (ended = true)).once('error', () => (ended = true));
  // It leaves a mount behind, whatever its options.
  atTheEnd(() => spawnSync('umount', [join(folder, 'exec-root/netns/default')]));
  atTheEnd(() => stop(daemon.pid));
  atTheEnd(() => endContainers(docker));
  for (const end = Date.now() + START_SECONDS * 1_000; ; await delay(250)) {
    try {
      docker(['version'], { seconds: 10 });
      if (networks) connect(daemon.pid, folder);
      return Object.assign(docker, { inside: ['nsenter', `--net=/proc/${daemon.pid}/ns/net`] });
    } catch (error) {
      if (ended || Date.now() > end) {
        throw new Error(`dockerd does not start: ${error.message}\n${readFileSync(log, 'utf8').slice(-2_000)}`, {
          cause: error,
        });
      }
    }
  }
}

/** Network address translation in a process of ours, so that the machine's own settings stay as they are. */
function connect(pid, folder) {
  const log = openSync(join(folder, 'slirp4netns.log'), 'w');
  const nat = spawn(which('slirp4netns'), ['--configure', '--mtu=65520', '--disable-host-loopback', `${pid}`, 'tap0'], {
    stdio: ['ignore', log, log],
    detached: true,
  });
  atTheEnd(() => nat.kill('SIGKILL'));
}

function endContainers(docker) {
  const ids = docker(['ps', '-aq']).split('\n').filter(Boolean);
  if (ids.length > 0) docker(['rm', '-f', ...ids]);
}

/** Waits in a shell: the script may already be exiting, when nothing asynchronous runs any more. */
function stop(pid) {
  const wait = (signal, seconds) => {
    run(
      'sh',
      [
        '-c',
        `kill -${signal} ${pid} 2>/dev/null; for i in $(seq ${seconds * 10}); do
      grep -q '^State:.[^Z]' /proc/${pid}/status 2>/dev/null || exit 0; sleep 0.1; done; exit 1`,
      ],
      { seconds: seconds + 5 },
    );
  };
  try {
    wait('TERM', 20);
  } catch {
    wait('KILL', 5);
  }
}
