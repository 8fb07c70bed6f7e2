import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');

/** A fenced block of a page. */
export interface CodeBlock {
  /** Page and line, as in `docs/client.md:3`. */
  where: string;
  language: string;
  text: string;
}

/** Every page that a user reads, by its path from the project's root. */
export function pages(): Map<string, string> {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const examples = readdirSync(join(root, 'examples'), { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? `examples/${entry.name}/README.md` : `examples/${entry.name}`,
  );
  const names = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`), ...examples];
  return new Map(names.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

export function codeBlocks(all = pages()): CodeBlock[] {
  return [...all].flatMap(([name, text]) =>
    [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map((match) => ({
      where: `${name}:${text.slice(0, match.index).split('\n').length}`,
      language: match[1],
      text: match[2],
    })),
  );
}
