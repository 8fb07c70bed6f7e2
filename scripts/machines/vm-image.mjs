/** Makes a disk for a virtual machine: Debian with systemd and Docker, Node, this package, and the trials. */
import { chmodSync, cpSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { root as project } from '../paths.mjs';
import { run } from './bounded.mjs';
import { debian } from './debian.mjs';
import { makeImage, trialIn } from './docker.mjs';
import { containers, units } from './set-ups.mjs';

/** The first with `DelegateSubgroup=` (systemd 254). */
export const SUITE = 'trixie';
const PACKAGES =
  'systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,libstdc++6,procps,kmod,' +
  'linux-image-cloud-amd64,initramfs-tools,docker.io,docker-cli,tini';
const SIZE = '4G';
/** Emulation on a busy machine is slow. */
const TRIAL_SECONDS = 600;

/** Copies the package, without the SDK's files for other platforms. */
function putPackage(to) {
  const isForeign = (path) =>
    path.includes(`core-bridge${sep}releases${sep}`) && !path.includes('x86_64-unknown-linux-gnu');
  for (const name of ['package.json', 'dist', 'node_modules']) {
    cpSync(join(project, name), join(to, name), { recursive: true, filter: (path) => !isForeign(path) });
  }
}

const TRIAL = '/usr/bin/node /app/dist/test/fixtures/machines/trial.js';

/** Runs the trials one after another, writes each result to the second serial line, and switches the machine off. */
function script(isAsked) {
  const quoted = (words) => words.map((word) => `'${word}'`).join(' ');
  const lineOf = {
    unit: ({ how, meanwhile }, i) => `try unit-${i} ${how} ${TRIAL}${meanwhile ? ` 'sh /meanwhile-${i}'` : ''}`,
    container: ({ args }, i) => `try container-${i} docker run ${quoted(trialIn('/app', args))}`,
  };
  const linesOf = (kind, setUps) => setUps.flatMap((each, i) => (isAsked(each.name) ? [lineOf[kind](each, i)] : []));
  return `#!/bin/bash
say() { echo "$@" >/dev/ttyS1; }
try() {
  name=$1; shift
  timeout -k 5 ${TRIAL_SECONDS} "$@" >/tmp/out 2>/tmp/err </dev/null
  code=$?
  say "$name $(tail -n 1 /tmp/out)"
  [ -s /tmp/out ] || say "$name-error exit code $code: $(tail -c 300 /tmp/err | tr '\\n' ' ')"
}
stty -F /dev/ttyS1 raw
say "about systemd $(systemctl --version | head -n 1 | cut -d ' ' -f 3 | tr -d '()')"
systemctl start user@1000
${linesOf('unit', units).join('\n')}
systemctl start docker && docker import /image.tar trial
${linesOf('container', containers).join('\n')}
say "docker $(docker version --format '{{.Server.Version}}'), cgroup version $(docker info --format '{{.CgroupVersion}}'), driver $(docker info --format '{{.CgroupDriver}}')"
say end
systemctl poweroff --force
`;
}

const UNIT = `[Unit]
Description=Trials
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/trials.sh
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
`;

/** @returns the paths of the disk, the kernel and the initrd */
export function makeDisk(folder, cache, isAsked) {
  const guest = join(folder, 'guest');
  mkdirSync(guest, { recursive: true });
  // Kept from one run to the next.
  const tar = debian(join(cache, `debian-${SUITE}.tar`), SUITE, PACKAGES);
  run('tar', ['-C', guest, '-xpf', tar, '--numeric-owner'], { seconds: 300 });
  cpSync(realpathSync(process.execPath), join(guest, 'usr/bin/node'));
  putPackage(join(guest, 'app'));
  cpSync(makeImage(folder), join(guest, 'image.tar'));
  writeFileSync(join(guest, 'trials.sh'), script(isAsked));
  units.forEach(({ meanwhile }, i) => meanwhile && writeFileSync(join(guest, `meanwhile-${i}`), meanwhile));
  chmodSync(join(guest, 'trials.sh'), 0o755);
  writeFileSync(join(guest, 'etc/systemd/system/trials.service'), UNIT);
  writeFileSync(join(guest, 'etc/hostname'), 'trial\n');
  writeFileSync(join(guest, 'etc/fstab'), '/dev/vda / ext4 defaults 0 1\n');
  for (const command of [
    'systemctl enable trials.service',
    'systemctl disable docker.service docker.socket containerd.service',
    'useradd --uid 1000 --create-home worker',
    'mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/worker',
  ]) {
    run('chroot', [guest, 'sh', '-c', command]);
  }
  const disk = join(folder, 'disk');
  run('mke2fs', ['-q', '-t', 'ext4', '-d', guest, disk, SIZE], { seconds: 300 });
  const boot = readdirSync(join(guest, 'boot'));
  const path = (start) => join(guest, 'boot', boot.find((name) => name.startsWith(start)) ?? start);
  return { disk, kernel: path('vmlinuz-'), initrd: path('initrd.img-') };
}
