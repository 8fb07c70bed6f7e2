import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guardianProgram } from '../../../src/guardian/executable';

const COMPILED = resolve(__dirname, '../../../dist/src/guardian/executable.js');

test('Node runs it', () => {
  const program = execFileSync(process.execPath, [
    '-p',
    `JSON.stringify(require(${JSON.stringify(COMPILED)}).guardianProgram())`,
  ]);
  const { file } = JSON.parse(program.toString()) as { file: string };
  expect(file).toMatch(/guardian\/main\.js$/);
  expect(existsSync(file)).toBe(true);
});

test.each([
  ['Electron', { versions: { electron: '30.0.0' } }],
  ['Bun', { versions: { bun: '1.2.0' } }],
  ['an executable made by pkg', { versions: {}, pkg: {} }],
])('%s would start the worker again, and is told', (name, runtime) => {
  expect(guardianProgram(runtime)).toEqual({ obstacle: `${process.execPath} is ${name}, which cannot run it` });
});

test('a bundle without its file is told', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bundled-'));
  try {
    // As a bundler does: the code stands in another file, beside which there is no main.js.
    const code = readFileSync(COMPILED, 'utf8').replace(
      /require\("\.\.\/process\/error-code"\)/,
      '{ errorCode: (e) => e.code }',
    );
    writeFileSync(join(dir, 'bundle.js'), `${code}\nconsole.log(JSON.stringify(exports.guardianProgram()));`);
    const said = execFileSync(process.execPath, [join(dir, 'bundle.js')], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual({ obstacle: 'a bundler has left out its file guardian/main.js' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
