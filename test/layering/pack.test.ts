import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { packageVersion } from '../../src/process/package-version';
import { packedProject } from '../helpers/packed-project';

jest.setTimeout(120_000);

const run = promisify(execFile);
const root = resolve(__dirname, '../..');
const env = { ...process.env, NODE_OPTIONS: '' };
const SUBPATHS = [
  'temporal-reaper',
  ...['client', 'activities', 'workflows', 'process'].map((s) => `temporal-reaper/${s}`),
];

let project: string;

beforeAll(async () => {
  project = await packedProject();
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', type: 'commonjs' }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function node(file: string, text: string): Promise<{ stdout: string; stderr: string }> {
  writeFileSync(join(project, file), text);
  return run(process.execPath, ['--preserve-symlinks', join(project, file)], { cwd: project, env });
}

test('has the code, the types, the sources, and neither tests nor screenshots', () => {
  const files = readdirSync(join(project, 'node_modules/temporal-reaper'), { recursive: true, encoding: 'utf8' });
  const bundles = [
    `dist/bundles/${packageVersion(dirname(require.resolve('@temporalio/worker')))}.js`,
    'dist/src/reaper/thread/thread.bundle.js',
    'dist/src/cli/start.bundle.js',
  ];
  const observability = ['alerts.yml', 'grafana-dashboard.json'].map((name) => `docs/observability/${name}`);
  expect(files).toEqual(
    expect.arrayContaining(['dist/src/index.js', 'dist/src/index.d.ts', 'src/index.ts', ...bundles, ...observability]),
  );
  expect(files.filter((file) => /(^|\/)(test|bench|demo)(\/|$)|\.test\.|\.png$/.test(file))).toEqual([]);
});

test('of the SDK it names nothing but peers: npm takes the user’s copy', () => {
  const folder = join(project, 'node_modules/temporal-reaper');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'optionalDependencies' | 'peerDependencies',
    Record<string, string>
  >;
  const own = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  expect(own.filter((name) => name.startsWith('@temporalio/'))).toEqual([]);
  const named = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(js|d\.ts)$/.test(file) && !file.startsWith('bundles/')) // a bundle is the SDK's code too
    .flatMap((file) => readFileSync(join(folder, 'dist', file), 'utf8').match(/(?<=["'])@temporalio\/[a-z-]+/g) ?? []);
  expect([...new Set(named)].sort()).toEqual(Object.keys(manifest.peerDependencies).sort());
});

test.each(SUBPATHS)('%s loads by require and by import, with the same names', async (subpath) => {
  const cjs = await node('a.cjs', `console.log(JSON.stringify(Object.keys(require('${subpath}')).sort()))`);
  const esm = await node(
    'a.mjs',
    `import * as all from '${subpath}';
     console.log(JSON.stringify(Object.keys(all).filter((n) => !['default', 'module.exports', '__esModule'].includes(n)).sort()))`,
  );
  const names = JSON.parse(cjs.stdout) as string[];
  expect(names.length).toBeGreaterThan(0);
  expect(JSON.parse(esm.stdout)).toEqual(names);
});

test('temporal-reaper/preload has nothing to import, and preloads', async () => {
  const { stdout, stderr } = await run(
    process.execPath,
    [
      '--preserve-symlinks',
      ...['--require', 'temporal-reaper/preload'],
      ...['--eval', `require('@temporalio/worker'); console.log(Object.keys(require('temporal-reaper/preload')))`],
    ],
    { cwd: project, env },
  );
  expect(stdout).toBe('[]\n');
  expect(stderr).toContain('temporal-reaper: on for');
});

test('typechecks with module node16, every subpath', async () => {
  const uses = SUBPATHS.map(
    (subpath, i) => `import * as m${i} from '${subpath}';\nexport const n${i}: object = m${i};`,
  );
  writeFileSync(
    join(project, 'use.ts'),
    `${uses.join('\n')}
import { ReaperPlugin, type ReaperPluginOptions } from 'temporal-reaper';
export const options: ReaperPluginOptions = { escalation: { graceMs: '5s' } };
export const plugin: ReaperPlugin = new ReaperPlugin(options);
// @ts-expect-error: there is no such option
export const wrong: ReaperPluginOptions = { grace: 5 };
`,
  );
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'node16',
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        preserveSymlinks: true,
        types: ['node'],
      },
      files: ['use.ts'],
    }),
  );
  const { stdout } = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
    cwd: project,
    env,
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

const NATIVE = `
  const native = [
    ...Object.keys(require.cache).filter((file) => file.includes('core-bridge')),
    ...process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node')),
  ];
  console.log(JSON.stringify(native));`;

test('the client loads no native code; the worker does, so the test can fail', async () => {
  const client = await node('client.cjs', `require('temporal-reaper/client');${NATIVE}`);
  expect(JSON.parse(client.stdout)).toEqual([]);
  const worker = await node('worker.cjs', `require('temporal-reaper');${NATIVE}`);
  const loaded = (JSON.parse(worker.stdout) as string[]).join();
  expect(loaded).toContain('core-bridge');
  // Our own is loaded only where it is used.
  expect(loaded).not.toContain('native/linux');
});

test('the program says its version, and loads no native code', async () => {
  const main = join(project, 'node_modules/temporal-reaper/dist/src/cli/main.js');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { stdout } = await node(
    'cli.cjs',
    `process.argv = [process.argv[0], 'temporal-reaper', '--version'];
     require(${JSON.stringify(main)});
     process.on('exit', () => {${NATIVE}});`,
  );
  expect(stdout.trim().split('\n')).toEqual([version, '[]']);
});
