/**
 * Figures of a source folder's structure, to set beside those of another project:
 *   node scripts/structure.mjs [FOLDER, default src] [README]
 * Circles are groups of files that import each other, by `import type` too. An exported name has as many words as its
 * camel case shows.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { root } from './paths.mjs';

const [folder = join(root, 'src'), readme = join(root, 'README.md')] = process.argv.slice(2);

const isSource = (path) =>
  /\.(ts|js|mjs)$/.test(path) && !/\.d\.ts$|(^|[\\/])(node_modules|__tests__)[\\/]|\.test\./.test(path);
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(isSource)
  .map((path) => resolve(folder, path));
const files = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));

function targetOf(from, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  const plain = resolve(dirname(from), specifier);
  const stem = plain.replace(/\.js$/, '');
  return [plain, `${stem}.ts`, `${stem}.js`, join(plain, 'index.ts'), join(plain, 'index.js')].find((path) =>
    files.has(path),
  );
}

const isExported = (node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;

/** What a file imports of the folder, and the names that it exports. */
function read(path, text) {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports = [];
  const names = [];
  const visit = (node) => {
    const specifier = ts.isCallExpression(node) ? undefined : node.moduleSpecifier;
    if (specifier) imports.push(specifier.text);
    if (ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText()))
      imports.push(node.arguments[0]?.text ?? '');
    if (ts.isVariableStatement(node) && isExported(node))
      names.push(...node.declarationList.declarations.map(({ name }) => name.getText()));
    else if (node.name && ts.isIdentifier(node.name) && node.parent === file && isExported(node))
      names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return {
    names,
    imports: imports.map((specifier) => targetOf(path, specifier)).filter((target) => target && target !== path),
  };
}

/** Groups of files that reach each other (Tarjan, 1972). */
function circles(graph) {
  const [index, low, stack, found] = [new Map(), new Map(), [], []];
  const walk = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) walk(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) found.push(group);
  };
  for (const node of graph.keys()) if (!index.has(node)) walk(node);
  return found;
}

const wordsOf = (name) => name.split(/_|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean).length;
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const parts = new Map([...files].map(([path, text]) => [path, read(path, text)]));
const lines = [...files.values()].map((text) => text.trimEnd().split('\n').length).sort((a, b) => a - b);
const names = [...new Set([...parts.values()].flatMap((part) => part.names))];
const words = names.map(wordsOf);
const found = circles(new Map([...parts].map(([path, { imports }]) => [path, imports])));

const rows = {
  files: lines.length,
  lines: lines.reduce((sum, count) => sum + count, 0),
  'lines of a file, median / p90 / max': `${at(lines, 0.5)} / ${at(lines, 0.9)} / ${lines.at(-1)}`,
  'files of at most 15 lines': lines.filter((count) => count <= 15).length,
  'import circles': found.length,
  'words of an exported name, mean': (words.reduce((sum, count) => sum + count, 0) / words.length).toFixed(1),
  'exported names of one word': `${words.filter((count) => count === 1).length} of ${words.length}`,
};
if (existsSync(readme)) rows['README, words'] = readFileSync(readme, 'utf8').split(/\s+/).filter(Boolean).length;
for (const [what, value] of Object.entries(rows)) console.log(`${what.padEnd(40)}${value}`);
for (const group of found)
  console.log(`circle: ${group.map((path) => path.slice(resolve(folder).length + 1)).join(', ')}`);
console.log(
  `one word: ${names
    .filter((name) => wordsOf(name) === 1)
    .sort()
    .join(', ')}`,
);
