import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../../dev/dev-server';

const REAPER = join(projectRoot(), 'dist/src/reaper/thread');

/** Packages of the SDK that are loaded when these files are. */
function loadedWith(...files: string[]): string[] {
  const script = `
    for (const file of ${JSON.stringify(files)}) require(file);
    const names = Object.keys(require.cache).map((file) => /node_modules\\/(@temporalio\\/[^/]+)/.exec(file)?.[1]);
    console.log(JSON.stringify([...new Set(names.filter(Boolean))]));`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as string[];
}

test("what tracks and kills on the reaper's thread is there before the SDK, which takes long to load", () => {
  expect(loadedWith(join(REAPER, 'thread.js'), join(REAPER, 'served-reapers.js'))).toEqual([]);
});

test('and it is one file in the build, without the SDK', () => {
  const bundle = join(REAPER, 'thread.bundle.js');
  expect(loadedWith(bundle)).toEqual([]);
  const files = execFileSync(
    process.execPath,
    ['-e', `require(${JSON.stringify(bundle)}); console.log(Object.keys(require.cache).join('\\n'))`],
    { encoding: 'utf8' },
  );
  expect(
    files
      .trim()
      .split('\n')
      .filter((file) => file.endsWith('.js')),
  ).toEqual([bundle]);
});

test('the negative control: what reaches Temporal needs it', () => {
  expect(loadedWith(join(REAPER, '../serve/server-end.js'))).toContain('@temporalio/worker');
});
