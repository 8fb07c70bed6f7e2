import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilerSays } from './compiler';
import { type CodeBlock, codeBlocks, root } from './pages';

/** What the compiler says of the blocks, each taken as a module of a user's project. */
function complaints(blocks: CodeBlock[]): string[] {
  const paths = blocks.map((_, index) => join(root, `example-${index}.mts`));
  const modules = new Map(blocks.map(({ text }, index) => [paths[index], text]));
  return compilerSays(modules, [join(__dirname, 'example-names.d.ts')]).map(({ path, message }) => {
    return `${blocks[paths.indexOf(path)]?.where ?? path}: ${message}`;
  });
}

test('every TypeScript example compiles against the package', () => {
  const blocks = codeBlocks().filter(({ language }) => language === 'ts');
  expect(blocks.length).toBeGreaterThan(10);
  expect(complaints(blocks)).toEqual([]);
});

test('negative control: an option that does not exist is found out', () => {
  const text = `import { ReaperPlugin } from 'temporal-reaper';\nnew ReaperPlugin({ grace: '25s' });`;
  expect(complaints([{ where: 'here', language: 'ts', text }])).toEqual([expect.stringContaining('here: ')]);
});

const shell = codeBlocks().filter(({ language }) => language === 'sh');

test('every npm script that a page names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = shell.flatMap(({ text }) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
