import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { projectRoot } from '../../../dev/dev-server';

const MAIN = join(projectRoot(), 'dist/src/cli/main.js');
const UNBUNDLED = join(projectRoot(), 'dist/src/cli/start.js');

/** Files that a command has loaded when it ends. */
function filesLoadedBy(program: string, ...args: string[]): string[] {
  const script = `
    process.on('exit', () => {
      process.stderr.write('loaded: ' + JSON.stringify(Object.keys(require.cache)));
    });
    require(${JSON.stringify(program)});`;
  const command = `"$0" -e "$@" 2>&1 >/dev/null; true`; // whatever its exit code
  const stderr = execFileSync('sh', ['-c', command, process.execPath, script, 'main', ...args], { encoding: 'utf8' });
  return JSON.parse(stderr.slice(stderr.indexOf('loaded: ') + 'loaded: '.length)) as string[];
}

/** Packages that a command has loaded when it ends. */
function loadedBy(...args: string[]): string[] {
  const names = filesLoadedBy(MAIN, ...args).map((file) => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

const FOR_SERVERS = ['@grpc/grpc-js', '@temporalio/client', '@temporalio/proto', 'protobufjs'];
const isOfServer = (name: string): boolean => FOR_SERVERS.includes(name);

test.each([['--help'], ['--version'], ['sweep', '--dry-run'], ['doctor', '--local'], ['completion', 'bash']])(
  '%s %s loads nothing that talks to a server',
  (...args) => {
    const loaded = loadedBy(...args);
    expect(loaded).toContain('commander');
    expect(loaded.filter(isOfServer)).toEqual([]);
  },
);

test('the program is the bundle, and none of its many files', () => {
  const own = filesLoadedBy(MAIN, '--help').filter((file) => !file.includes('/node_modules/'));
  expect(own.map((file) => basename(file))).toEqual(['main.js', 'start.bundle.js']);
});

test('the negative control: ps does', () => {
  expect(loadedBy('ps', '--address=127.0.0.1:1').filter(isOfServer)).toContain('@grpc/grpc-js');
});

test.each([
  [['--help'], 0],
  [['ps', '--address=127.0.0.1:1'], 0],
  [['ps', '--watch', '--address=127.0.0.1:1'], 1],
])('%j: only a watch loads what takes over the terminal', (args, number) => {
  expect(filesLoadedBy(UNBUNDLED, ...args).filter((file) => file.endsWith('/watch/full-screen.js'))).toHaveLength(
    number,
  );
});
