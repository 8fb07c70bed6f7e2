import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type CodeBlock, codeBlocks, root } from './pages';

/** What the compiler says of the blocks, each taken as a module of a user's project. */
function complaints(blocks: CodeBlock[]): string[] {
  const names = join(__dirname, 'example-names.d.ts');
  const modules = new Map(blocks.map((block, index) => [join(root, `example-${index}.mts`), block]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
  };
  const real = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    fileExists: (name) => modules.has(name) || real.fileExists(name),
    readFile: (name) => modules.get(name)?.text ?? real.readFile(name),
    getSourceFile(name, language, ...rest) {
      const block = modules.get(name);
      if (block) return ts.createSourceFile(name, `${block.text}\nexport {};`, language);
      return real.getSourceFile(name, language, ...rest);
    },
  };
  const program = ts.createProgram([names, ...modules.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const where = modules.get(file?.fileName ?? '')?.where ?? file?.fileName;
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
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
