/**
 * Bundles the reaper thread's program into one file, which loads in a third of the time of its 150. Runs after the compiler.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { root } from './paths.mjs';

const output = join(root, 'dist', 'src', 'reaper', 'thread', 'thread.bundle.js');

/** Files that are looked up when it runs, as programs of their own, are looked up from where the bundle is. */
const lookUps = {
  name: 'look-ups',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const from = (file) => `./${relative(dirname(output), join(dirname(path), file))}`;
      const contents = readFileSync(path, 'utf8').replace(
        /require\.resolve\('(\.[^']+)'\)/g,
        (_, file) => `require.resolve('${from(file)}')`,
      );
      return { contents, loader: 'js' };
    }),
};

const { outputFiles } = await build({
  entryPoints: [join(dirname(output), 'thread.js')],
  outfile: output,
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  plugins: [lookUps],
  logOverride: { 'require-resolve-not-external': 'silent' },
});
const [{ text }] = outputFiles;
if (!existsSync(output) || readFileSync(output, 'utf8') !== text) {
  // Another process may be loading it.
  writeFileSync(`${output}.draft`, text);
  renameSync(`${output}.draft`, output);
}
