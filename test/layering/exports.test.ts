import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string } | string>;
  typesVersions: Record<string, Record<string, string[]>>;
  bin: Record<string, string>;
  files: string[];
};

const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [[subpath, target] as const],
);

test('the subpaths are those of the documentation', () => {
  expect(subpaths.map(([subpath]) => subpath)).toEqual([
    '.',
    './client',
    './activities',
    './workflows',
    './process',
    './preload',
  ]);
});

test.each(subpaths)('%s has its code and its types', (subpath, target) => {
  expect(existsSync(join(root, target.default))).toBe(true);
  expect(existsSync(join(root, target.types))).toBe(true);
  if (subpath !== '.') expect(manifest.typesVersions['*'][subpath.slice(2)]).toEqual([target.types]);
});

test('the program is there, and a program', () => {
  const [file] = Object.values(manifest.bin);
  expect(readFileSync(join(root, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
