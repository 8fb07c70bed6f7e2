/** Runs the trial in units of a real systemd, and in Docker, in a virtual machine with software emulation. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atTheEnd, which } from './bounded.mjs';
import { said } from './docker.mjs';
import { containers, units } from './set-ups.mjs';
import { makeDisk } from './vm-image.mjs';

/** Programs and their Debian packages. */
export const vmNeeds = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  ldd: 'libc-bin',
  tar: 'tar',
};

/** For the whole run: emulation is some twenty times slower than the machine. */
const MINUTES = 180;

/** Resolves when the machine is switched off, or its time is up. */
async function boot({ disk, kernel, initrd }, folder) {
  const results = join(folder, 'results');
  const machine = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048', '-nodefaults', '-no-reboot'];
  const serial = [`file:${join(folder, 'console')}`, `file:${results}`].flatMap((line) => ['-serial', line]);
  const command = ['-kernel', kernel, '-initrd', initrd, '-append', 'root=/dev/vda rw console=ttyS0 panic=-1 quiet'];
  const drive = ['-drive', `file=${disk},format=raw,if=virtio,cache=unsafe`];
  const log = openSync(join(folder, 'qemu.log'), 'w');
  const args = [...machine, '-display', 'none', ...serial, ...command, ...drive];
  const qemu = spawn(which('qemu-system-x86_64'), args, { stdio: ['ignore', log, log], timeout: MINUTES * 60_000 });
  closeSync(log);
  atTheEnd(() => qemu.kill('SIGKILL'));
  await new Promise((settle, fail) => qemu.once('exit', settle).once('error', fail));
  return readFileSync(results, 'utf8').replaceAll('\r', '');
}

/** The set-up in one line for the page, without what only the script needs. */
export function howOf({ how, args, meanwhile }) {
  const words = how?.replace(/ --(wait|pipe|collect|quiet)/g, '').replace(/^runuser .*? systemd-run/, 'systemd-run');
  return [words ?? args.join(' '), meanwhile].filter(Boolean).join(', then: ').replaceAll('\n', '; ');
}

/**
 * @param isAsked whether a set-up of this name is to be tried
 * @returns { systemd, docker }, each { about, rows }, for the page
 */
export async function tryVm(folder, cache, isAsked) {
  console.log('Making the disk');
  const disk = makeDisk(folder, cache, isAsked);
  console.log(`Booting it; what it says: ${folder}/console, ${folder}/results`);
  const lines = new Map(
    (await boot(disk, folder)).split('\n').map((line) => [line.split(' ')[0], line.replace(/^\S+ ?/, '')]),
  );
  if (!lines.has('end')) {
    throw new Error(
      `The machine has not come to its end: ${readFileSync(join(folder, 'console'), 'utf8').slice(-1_000)}`,
    );
  }
  const rowsOf = (kind, setUps) =>
    setUps.flatMap(({ name, ...setUp }, i) =>
      isAsked(name)
        ? [{ name, how: howOf(setUp), ...said(lines.get(`${kind}-${i}-error`) ?? lines.get(`${kind}-${i}`)) }]
        : [],
    );
  return {
    systemd: { about: lines.get('about'), rows: rowsOf('unit', units) },
    docker: { about: `Docker ${lines.get('docker')}, in the same machine`, rows: rowsOf('container', containers) },
  };
}
