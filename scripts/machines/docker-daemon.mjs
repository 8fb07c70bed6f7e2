/** A Docker daemon of our own, which keeps everything in one folder and has no networks but none and host. */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { atTheEnd, run, which } from './bounded.mjs';

const START_SECONDS = 60;

/** Starts it below a folder, and ends it with the script. @returns a function that runs the client on its `socket` */
export async function startDocker(folder) {
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const log = join(folder, 'dockerd.log');
  const docker = Object.assign((args, options) => run('docker', ['-H', socket, ...args], options), { socket });
  const places = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${join(folder, name)}`);
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  // In its own session: a Ctrl-C must not end it before its containers.
  const daemon = spawn(which('dockerd'), [...places, ...network, '--storage-driver=vfs', '-H', socket], {
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
      return docker;
    } catch (error) {
      if (ended || Date.now() > end) {
        throw new Error(`dockerd does not start: ${error.message}\n${readFileSync(log, 'utf8').slice(-2_000)}`, {
          cause: error,
        });
      }
    }
  }
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
