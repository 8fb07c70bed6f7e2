/** Builds a small root file system from this machine's own programs: nothing is downloaded. */
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root as project } from '../paths.mjs';
import { run, which } from './bounded.mjs';

const ARCH = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
const modules = join(project, 'node_modules');
/** Addons that need more libraries than Node does: the SDK's, and one that the tests' worker loads. */
const ADDONS = [
  join(modules, `@temporalio/core-bridge/releases/${ARCH}-unknown-linux-gnu/index.node`),
  join(modules, `@lydell/node-pty-linux-${process.arch}/pty.node`),
];
/** The programs that the trial and the package itself start. */
const PROGRAMS = ['sh', 'sleep', 'env', 'setsid', 'uname', 'cat', 'ls', 'id', 'mount'];

/** The shared libraries of a program, and its loader. */
function librariesOf(path) {
  return [...run('ldd', [path]).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, library]) => library);
}

function put(root, from, to = from) {
  const target = join(root, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(from), target);
}

/** Fills an empty folder. Node is at /usr/bin/node. */
export function makeRoot(root) {
  for (const folder of ['proc', 'sys', 'dev', 'etc', 'app', 'usr/bin', 'usr/lib', 'usr/lib64']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
  const libraries = new Set(ADDONS.flatMap(librariesOf));
  for (const [from, name] of [[process.execPath, 'node'], ...PROGRAMS.map((name) => [which(name), name])]) {
    if (!from) throw new Error(`This machine has no ${name}`);
    put(root, from, `/usr/bin/${name}`);
    librariesOf(realpathSync(from)).forEach((library) => libraries.add(library));
  }
  for (const library of libraries) put(root, library);
}
