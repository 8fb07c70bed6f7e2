import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages, root } from './pages';

const readme = pages().get('README.md') as string;

test('the README has at most 120 lines, and no table cell over 25 words', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  const cells = readme.split('\n').flatMap((line) => (line.startsWith('|') ? line.split('|') : []));
  // A link counts as its text.
  const words = (cell: string): number =>
    cell
      .replace(/\]\([^)]*\)/g, ']')
      .split(/[\s·]+/)
      .filter(Boolean).length;
  expect(cells.filter((cell) => words(cell) > 25)).toEqual([]);
});

test('every page is in the index', () => {
  const index = pages().get('docs/README.md') as string;
  const names = [...pages().keys()].filter((name) => name.startsWith('docs/') && name !== 'docs/README.md');
  expect(names.filter((name) => !index.includes(`(${name.slice('docs/'.length)})`))).toEqual([]);
});

const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replace(/ /g, '-');

/** Links of a page that lead nowhere in this project. */
function brokenLinks(all: Map<string, string>): string[] {
  const headings = (name: string): string[] =>
    [...(all.get(name) ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading));
  return [...all].flatMap(([name, text]) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file, anchor] = target.split('#');
      const path = file === '' ? name : join(dirname(name), file);
      const isThere = existsSync(join(root, path)) && (anchor === undefined || headings(path).includes(anchor));
      return isThere ? [] : [`${name}: ${target}`];
    }),
  );
}

test('every link leads somewhere', () => expect(brokenLinks(pages())).toEqual([]));

test('negative control: one to no page, or to no heading, does not', () => {
  const all = new Map([['README.md', '# A\n[x](no.md) [y](#b) [z](#a)']]);
  expect(brokenLinks(all)).toEqual(['README.md: no.md', 'README.md: #b']);
});

test('every file that the architecture page names is there', () => {
  const named = [...(pages().get('docs/architecture.md') as string).matchAll(/`([\w/-]+(?:\.ts|\/))`/g)];
  expect(named.length).toBeGreaterThan(50);
  const isThere = ([, path]: string[]): boolean => existsSync(join(root, 'src', path)) || existsSync(join(root, path));
  expect(named.filter((match) => !isThere(match)).map(([, path]) => path)).toEqual([]);
});
