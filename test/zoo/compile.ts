import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';

/** Not beside this file where it is compiled. */
const SOURCES = join(projectRoot(), 'test', 'zoo', 'programs');

function findCompiler(): string | undefined {
  for (const compiler of ['cc', 'gcc', 'clang']) {
    try {
      execFileSync(compiler, ['--version'], { stdio: 'ignore' });
      return compiler;
    } catch {
      continue; // the next one
    }
  }
  return undefined;
}

let compiler: string | undefined | null = null;

/** Why C programs cannot be had; undefined when they can. */
export function noCompiler(): string | undefined {
  if (process.platform !== 'linux') return 'its programs are written for Linux';
  if (compiler === null) compiler = findCompiler();
  return compiler === undefined ? 'no C compiler: apt-get install gcc libc6-dev' : undefined;
}

/** The path of a C program of this folder, compiled once for its text. Readable by every user. */
export function compiled(name: string): string {
  const why = noCompiler();
  if (why !== undefined) throw new Error(why);
  const headers = readdirSync(SOURCES).filter((file) => file.endsWith('.h'));
  const texts = [`${name}.c`, ...headers].map((file) => readFileSync(join(SOURCES, file)));
  const hash = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 12);
  const dir = join(projectRoot(), '.cache', 'zoo');
  const file = join(dir, `${name}-${hash}`);
  if (existsSync(file)) return file;
  mkdirSync(dir, { recursive: true });
  const fresh = `${file}.${process.pid}`;
  const flags = ['-O1', '-Wall', '-Werror', '-pthread'];
  execFileSync(compiler as string, [...flags, '-o', fresh, join(SOURCES, `${name}.c`)], { stdio: 'pipe' });
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
  return file;
}
