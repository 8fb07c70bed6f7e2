import { importsOf, targetOf, type ImportKind, type Sources } from './import-graph';

/** Who may import whom: names of realms, packages by their exact name, or `node:*`. A realm may always import itself. */
interface Realm {
  owns(path: string): boolean;
  value: string[];
  /** Besides those of `value`, by `import type` only. */
  type?: string[];
  /** Only named, by `require.resolve`: bundled for, or loaded in, another realm. */
  resolve?: string[];
}

const inFolder = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

/** The first that owns a file is its realm. */
export const realms: Record<string, Realm> = {
  contract: { owns: inFolder('contract'), value: ['@temporalio/common', '@temporalio/common/lib/time', 'ms'] },
  process: { owns: inFolder('process'), value: ['contract', 'node:*'] },
  tracking: {
    owns: inFolder('tracking'),
    value: ['contract', 'process', 'node:*', '@temporalio/activity', '@temporalio/common'],
  },
  guardian: { owns: inFolder('guardian'), value: ['contract', 'process', 'node:*'] },
  command: {
    owns: inFolder('command'),
    value: ['contract', 'process', 'tracking', '@temporalio/activity', '@temporalio/common', 'node:*', 'execa'],
  },
  /** Every call to Temporal that is not made by a Client or a Worker: clients make them too. */
  server: {
    owns: inFolder('server'),
    value: ['contract', '@temporalio/common', 'node:*'],
    type: ['@temporalio/client'],
  },
  activities: {
    owns: inFolder('activities'),
    value: [
      'contract',
      'server',
      'process',
      'tracking',
      'command',
      '@temporalio/activity',
      '@temporalio/common',
      'node:*',
    ],
    type: ['@temporalio/client'],
  },
  'workflow-interceptors': {
    owns: (path) => path.startsWith('interceptors/workflow-'),
    value: ['contract', '@temporalio/workflow', '@temporalio/common'],
    type: ['activities'],
  },
  'activity-interceptors': {
    owns: inFolder('interceptors'),
    value: ['contract', 'process', 'tracking', '@temporalio/activity', '@temporalio/common', 'node:*'],
    type: ['@temporalio/worker'],
  },
  workflows: {
    owns: inFolder('workflows'),
    value: ['contract', '@temporalio/workflow', '@temporalio/common'],
    type: ['activities'],
  },
  reaper: {
    owns: inFolder('reaper'),
    value: [
      'contract',
      'process',
      'tracking',
      'guardian',
      'activities',
      'server',
      '@temporalio/worker',
      '@temporalio/client',
      '@temporalio/common',
      'node:*',
    ],
    resolve: ['workflows', 'workflow-interceptors', 'activity-interceptors', 'guardian'],
  },
  worker: {
    owns: inFolder('worker'),
    value: [
      'contract',
      'process',
      'tracking',
      'guardian',
      'server',
      'activities',
      'activity-interceptors',
      'reaper',
      '@temporalio/activity',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/worker',
      'node:*',
    ],
    resolve: ['workflows', 'workflow-interceptors', '@temporalio/worker'],
  },
  client: {
    owns: inFolder('client'),
    value: ['contract', 'server', '@temporalio/client', '@temporalio/common', 'fastest-levenshtein', 'node:*'],
    type: ['workflows'],
  },
  cli: {
    owns: inFolder('cli'),
    value: [
      'contract',
      'client',
      'process',
      '@temporalio/client',
      '@temporalio/envconfig',
      'commander',
      'cli-table3',
      'ora',
      'picocolors',
      'string-width',
      'ms',
      'node:*',
    ],
  },
  entry: { owns: (path) => path === 'index.ts', value: ['contract', 'tracking', 'worker'] },
};

export function realmOf(path: string): string | undefined {
  return Object.keys(realms).find((name) => realms[name].owns(path));
}

/** Every import that the table does not allow, as `file:line: words`. */
export function violations(sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const realm = realmOf(path);
    if (realm === undefined) {
      found.push(`${path}:1: is in no realm; give its folder a row in test/layering/realms.ts`);
      continue;
    }
    for (const { specifier, kind, line } of importsOf(path, text)) {
      if (specifier === undefined) {
        found.push(`${path}:${line}: a computed import cannot be checked`);
        continue;
      }
      const target = targetOf(path, specifier, sources);
      const name = target === undefined ? specifier : (realmOf(target) ?? target);
      if (name !== realm && !allows(realms[realm], name, kind)) {
        found.push(`${path}:${line}: ${realm} may not import ${name} by ${kind} (${specifier})`);
      }
    }
  }
  return found;
}

function allows({ value, type = [], resolve = [] }: Realm, name: string, kind: ImportKind): boolean {
  const allowed = { value, type: [...value, ...type], resolve: [...value, ...resolve] }[kind];
  return allowed.includes(name) || (name.startsWith('node:') && allowed.includes('node:*'));
}
