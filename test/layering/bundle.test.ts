import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { ReaperPlugin } from '../../src';

jest.setTimeout(60_000);

const logger = new DefaultLogger('ERROR', () => undefined);
let dir: string;
// Inside the project: a bundle resolves its imports from where it is.
beforeAll(() => (dir = mkdtempSync(join(__dirname, 'bundle-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function workflow(name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  return file;
}

test('a trivial workflow bundles with the plugin, and has the interceptor', async () => {
  const workflowsPath = workflow('trivial.ts', 'export async function trivial() { return 1; }');
  const [plain, ours] = await Promise.all([
    bundleWorkflowCode({ workflowsPath, logger }),
    bundleWorkflowCode({ workflowsPath, logger, plugins: [new ReaperPlugin()] }),
  ]);
  expect(plain.code).not.toContain('temporal-reaper.cancel-activity');
  expect(ours.code).toContain('temporal-reaper.cancel-activity');
});

test('the cancellation workflows bundle', async () => {
  const workflowsPath = resolve(__dirname, '../../src/workflows/index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  expect(code).toContain('cancelActivity');
});

test.each(['node:child_process', '@temporalio/activity', '@temporalio/client'])(
  'a planted import of %s is refused: the test can fail',
  async (name) => {
    const workflowsPath = workflow(
      `bad-${name.replace(/\W/g, '-')}.ts`,
      `import * as bad from '${name}';\nexport async function wrong() { return Object.keys(bad); }`,
    );
    await expect(bundleWorkflowCode({ workflowsPath, logger })).rejects.toThrow(/disallowed|not allowed|Webpack/i);
  },
);
