import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { circlesOf, importsOf, reachablePackages, readSources } from './import-graph';
import { realmOf, violations } from './realms';

const src = join(__dirname, '..', '..', 'src');
const sources = readSources(src);

const noNativeCode = ['@temporalio/worker', '@temporalio/core-bridge', '@temporalio/testing'];
const isBuiltin = (name: string) => name.startsWith('node:');

/** What loading any file of a realm must never load, however indirectly. */
const unreachable: Array<[realm: string, what: string, (name: string) => boolean]> = [
  ['client', 'native code', (name) => noNativeCode.includes(name)],
  ['cli', 'native code', (name) => noNativeCode.includes(name)],
  ['contract', 'a Node built-in', isBuiltin],
  ['workflows', 'a Node built-in', isBuiltin],
  ['workflow-interceptors', 'a Node built-in', isBuiltin],
];

function reached(realm: string, banned: (name: string) => boolean, files: ReadonlyMap<string, string>): string[] {
  const starts = [...files.keys()].filter((path) => realmOf(path) === realm);
  return starts.flatMap((start) =>
    [...reachablePackages(start, files)]
      .filter(([name]) => banned(name))
      .map(([name, chain]) => `${[...chain, name].join(' -> ')}`),
  );
}

describe('src', () => {
  test('has files', () => expect(sources.size).toBeGreaterThan(0));

  test('imports only what the table of realms allows', () => expect(violations(sources)).toEqual([]));

  test.each(unreachable)('%s never reaches %s', (realm, _what, banned) => {
    expect(reached(realm, banned, sources)).toEqual([]);
  });

  test('has no circle of imports', () => expect(circlesOf(sources)).toEqual([]));

  test('calls Temporal’s services from server/ only', () => {
    const callers = [...sources]
      .filter(([, text]) => /\b(workflow|operator|test)Service\b/.test(text))
      .map(([path]) => path);
    expect(callers.length).toBeGreaterThan(5);
    expect(callers.filter((path) => realmOf(path) !== 'server')).toEqual([]);
  });

  test('has no file over 250 lines', () => {
    const long = [...sources].filter(([, text]) => text.trimEnd().split('\n').length > 250);
    expect(long.map(([path]) => path)).toEqual([]);
  });

  test('has no folder that is named for everything', () => {
    const folders = existsSync(src) ? readdirSync(src, { recursive: true, encoding: 'utf8' }) : [];
    const parts = new Set(folders.flatMap((path) => path.split(/[\\/]/)));
    expect(['common', 'utils', 'util', 'shared', 'helpers'].filter((name) => parts.has(name))).toEqual([]);
  });
});

/** Each planted import must be refused: the test above can fail. */
describe('the table refuses', () => {
  const files = (entries: Record<string, string>) => new Map(Object.entries(entries));

  test.each([
    ['contract/a.ts', `import { readFileSync } from 'node:fs';`],
    ['contract/a.ts', `import type { Snapshot } from '../process/look';`],
    ['process/a.ts', `import { Context } from '@temporalio/activity';`],
    ['process/a.ts', `import { Ledger } from '../tracking/ledger';`],
    ['process/a.ts', `import { readFileSync } from 'fs';`],
    ['tracking/a.ts', `export { Reaper } from '../reaper/reaper';`],
    ['guardian/a.ts', `const { Context } = require('@temporalio/activity');`],
    ['activities/kill.ts', `export async function f() { await import('execa'); }`],
    ['activities/kill.ts', `import { Client } from '@temporalio/client';`],
    ['interceptors/workflow-outbound.ts', `import { spawn } from 'node:child_process';`],
    ['interceptors/workflow-outbound.ts', `import { hold } from './activity-inbound';`],
    ['interceptors/activity-inbound.ts', `import { Worker } from '@temporalio/worker';`],
    ['workflows/cancel.ts', `import { kill } from '../activities/kill';`],
    ['workflows/cancel.ts', `import { type A, kill } from '../activities/kill';`],
    ['workflows/cancel.ts', `import '../activities/kill';`],
    ['reaper/a.ts', `import * as workflows from '../workflows/cancel';`],
    ['reaper/a.ts', `import { inbound } from '../interceptors/activity-inbound';`],
    ['worker/a.ts', `import { ReaperClient } from '../client/index';`],
    ['client/a.ts', `import { cancel } from '../workflows/cancel';`],
    ['client/a.ts', `import type { Worker } from '@temporalio/worker';`],
    ['cli/a.ts', `import { Worker } from '@temporalio/worker';`],
    ['cli/a.ts', `import boxen = require('boxen');`],
    ['cli/a.ts', `const name = 'x'; require(name);`],
    ['index.ts', `export { Reaper } from './reaper/reaper';`],
    ['utils/a.ts', `export const a = 1;`],
  ])('%s: %s', (path, text) => expect(violations(files({ [path]: text }))).toHaveLength(1));

  test('a path from the cli to native code over three files', () => {
    const planted = files({
      'cli/main.ts': `import { run } from '../client/run';`,
      'client/run.ts': `export async function run() { return import('../process/load'); }`,
      'process/load.ts': `export * from '@temporalio/worker';`,
    });
    expect(reached('cli', (name) => noNativeCode.includes(name), planted)).toEqual([
      'cli/main.ts -> client/run.ts -> process/load.ts -> @temporalio/worker',
    ]);
  });
});

test('a planted circle is found, of types alone too', () => {
  const planted = new Map([
    ['a.ts', `import type { B } from './b';`],
    ['b.ts', `export { c } from './c';`],
    ['c.ts', `import { a } from './a';`],
    ['d.ts', `import { a } from './a';`],
  ]);
  expect(circlesOf(planted)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts']);
});

describe('the table allows', () => {
  test.each([
    ['workflows/cancel.ts', `import type { kill } from '../activities/kill';`],
    ['workflows/cancel.ts', `import { type kill } from '../activities/kill';`],
    ['command/start-command.ts', `export const load = () => import('execa');`],
    ['reaper/a.ts', `export const path = require.resolve('../workflows/index');`],
    ['interceptors/activity-inbound.ts', `import type { ActivityInterceptors } from '@temporalio/worker';`],
    ['client/a.ts', `export type A = typeof import('../workflows/index');`],
    ['cli/a.ts', `// import { Worker } from '@temporalio/worker'\nexport const text = "require('boxen')";`],
  ])('%s: %s', (path, text) => expect(violations(new Map([[path, text]]))).toEqual([]));

  test('and sees the line and the kind of an import', () => {
    expect(importsOf('a.ts', `\nimport type { A } from 'a';\nexport * from 'b';`)).toEqual([
      { specifier: 'a', kind: 'type', line: 2 },
      { specifier: 'b', kind: 'value', line: 3 },
    ]);
  });
});
