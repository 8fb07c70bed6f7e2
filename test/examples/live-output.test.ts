/** The example that needs an SDK version of its own, which npm installs as its manifest says. */
import { mkdtempSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { skippedFor } from '../helpers/another-user';
import { SdkProject } from '../sdk/project';
import { ExampleSuite, cancelled, withOwnBin } from './example-suite';

jest.setTimeout(60_000);

const STREAMS = '@temporalio/workflow-streams';

const manifest = readFileSync(join(projectRoot(), 'examples/live-output/package.json'), 'utf8');
const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
const sdk = SdkProject.install(dependencies[STREAMS], [STREAMS]);

let suite: ExampleSuite;

afterEach(() => suite?.endRuns());
afterAll(() => suite?.close());

/** A project that has what npm has installed. */
async function project(): Promise<string> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'reaper-streams-'));
  symlinkSync(join(sdk.folder, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

(sdk.obstacle ? test.skip : test)(
  `live-output: each line arrives while the command runs, and the last ones after the cancel${skippedFor(sdk.obstacle)}`,
  async () => {
    suite = await ExampleSuite.open(project());
    const run = await suite.copyOf('live-output');
    run.start({ env: withOwnBin(run) });
    await run.runs('bin/run-tests', 'sleep 0.5', 'cat');
    // The command has not ended yet: it has a thousand tests.
    const seen = (): string[] => run.client.output.match(/^ok \d+$/gm) ?? [];
    const counts = new Set<number>();
    await run.waitUntil('the client shows six lines', () => {
      counts.add(seen().length);
      return seen().length >= 6;
    });
    expect(counts.size).toBeGreaterThan(3); // not all at once
    const said = await cancelled(run);
    expect(seen()).toEqual(seen().map((_, index) => `ok ${index + 1}`));
    expect(said).toMatch(/^warning: test 3 was slow$/m);
    expect(said).toMatch(/^interrupted after \d+ tests\n[^]* is cancelled$/m); // between them a word of the shell's, at times
  },
);
