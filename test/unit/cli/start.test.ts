import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../dev/dev-server';

const MAIN = join(projectRoot(), 'dist/src/cli/main.js');

/** Packages that a command has loaded when it ends. */
function loadedBy(...args: string[]): string[] {
  const script = `
    process.on('exit', () => {
      const names = Object.keys(require.cache).map((file) => /.*node_modules\\/((@[^/]+\\/)?[^/]+)/.exec(file)?.[1]);
      process.stderr.write('loaded: ' + JSON.stringify([...new Set(names.filter(Boolean))]));
    });
    require(${JSON.stringify(MAIN)});`;
  const command = `"$0" -e "$1" main "$2" "$3" 2>&1 >/dev/null; true`; // whatever its exit code
  const stderr = execFileSync('sh', ['-c', command, process.execPath, script, ...args, ''], { encoding: 'utf8' });
  return JSON.parse(stderr.slice(stderr.indexOf('loaded: ') + 'loaded: '.length)) as string[];
}

const FOR_SERVERS = ['@grpc/grpc-js', '@temporalio/client', '@temporalio/proto', 'protobufjs'];
const isOfServer = (name: string): boolean => FOR_SERVERS.includes(name);

test.each([['--help'], ['--version'], ['sweep', '--dry-run'], ['doctor', '--local']])(
  '%s %s loads nothing that talks to a server',
  (...args) => {
    const loaded = loadedBy(...args);
    expect(loaded).toContain('commander');
    expect(loaded.filter(isOfServer)).toEqual([]);
  },
);

test('the negative control: ps does', () => {
  expect(loadedBy('ps', '--address=127.0.0.1:1').filter(isOfServer)).toContain('@grpc/grpc-js');
});
