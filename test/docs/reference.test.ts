import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

jest.setTimeout(300_000);

const root = resolve(__dirname, '../..');
const TYPEDOC = join(root, 'node_modules/typedoc/bin/typedoc');

interface Checked {
  code: number;
  output: string;
}

async function check(...args: string[]): Promise<Checked> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [TYPEDOC, '--emit', 'none', ...args], {
      cwd: root,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Checked & { stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

test('every public name has a doc comment, and every type that it needs is public', async () => {
  expect(await check()).toMatchObject({ code: 0 });
});

test('negative control: a name without a doc comment is found out', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reference-'));
  try {
    writeFileSync(join(dir, 'tsconfig.json'), '{ "compilerOptions": { "types": [] }, "files": ["planted.ts"] }');
    writeFileSync(join(dir, 'planted.ts'), 'export interface Planted {\n  a: string;\n}\n');
    const options = ['--tsconfig', join(dir, 'tsconfig.json'), '--entryPoints', join(dir, 'planted.ts')];
    const { code, output } = await check(...options);
    expect(code).not.toBe(0);
    expect(output).toMatch(/Planted \(Interface\).*does not have any documentation/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
