import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { exportedMetrics } from '../helpers/exported-metrics';
import { compilerSays } from './compiler';
import { ALERTS_FILE, alertRules, dashboard, namesIn, panelQueries } from './observability';
import { pages, root } from './pages';

const exported = exportedMetrics();
const series = new Set([...exported.values()].flat());
const inDashboard = panelQueries().flatMap(({ query }) => namesIn(query));

test('the dashboard and the alerts name only series that a worker exports', () => {
  const variables = dashboard().templating.list.flatMap(({ query }) =>
    namesIn(typeof query === 'string' ? query : query.query),
  );
  const named = [...inDashboard, ...variables, ...alertRules().flatMap(({ expr }) => namesIn(expr))];
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !series.has(name))).toEqual([]);
});

test('every metric is in the dashboard, and in the table of the page', () => {
  const isShown = (names: string[]): boolean => names.some((name) => inDashboard.includes(name));
  expect([...exported].filter(([, names]) => !isShown(names)).map(([name]) => name)).toEqual([]);
  const page = pages().get('docs/metrics.md') as string;
  const rows = [...page.matchAll(/^\| `(temporal_reaper_\w+)`/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...exported.keys()].sort());
});

/** What Grafana's published types say of the dashboard, and of the options of each panel. */
function schemaSays(board: unknown): string[] {
  const config = (kind: string, name: string): string =>
    `'@grafana/schema/dist/esm/raw/composable/${kind}/panelcfg/x/${name}PanelCfg_types.gen'`;
  const { panels } = board as { panels: { type: string; options: unknown; fieldConfig: unknown }[] };
  const checked = panels
    .filter(({ type }) => type !== 'row')
    .map(({ type, options, fieldConfig }, index) => {
      const value = JSON.stringify({ options, fieldConfig });
      return `export const panel${index}: Of<'${type}'> = ${value};`;
    });
  const text = `
import type { Dashboard, FieldConfigSource } from '@grafana/schema';
import type * as timeseries from ${config('timeseries', 'TimeSeries')};
import type * as stat from ${config('stat', 'Stat')};
import type * as table from ${config('table', 'Table')};
// An enum of the schema takes no plain string, though that is what the file has.
type Plain<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
interface Kinds {
  timeseries: { options: timeseries.Options; fieldConfig: FieldConfigSource<Partial<timeseries.FieldConfig>> };
  stat: { options: stat.Options; fieldConfig: FieldConfigSource };
  table: { options: table.Options; fieldConfig: FieldConfigSource<Partial<table.FieldConfig>> };
}
type Of<Kind extends keyof Kinds> = Plain<Kinds[Kind]>;
export const dashboard: Plain<Dashboard> = ${JSON.stringify(board)};
${checked.join('\n')}`;
  return compilerSays(new Map([[join(root, 'dashboard.mts'), text]])).map(({ message }) => message);
}

test('the dashboard fits the types that Grafana publishes', () => {
  expect(schemaSays(dashboard())).toEqual([]);
});

test('negative control: a field that Grafana does not have, and a wrong value deep in a panel, do not', () => {
  const board = dashboard();
  expect(schemaSays({ ...board, colour: 'red' })).toEqual([expect.stringContaining('colour')]);
  const panels = board.panels.map(
    (panel) => JSON.parse(JSON.stringify(panel).replace('"normal"', '"piled"')) as object,
  );
  expect(schemaSays({ ...board, panels }).join()).toContain('piled');
});

test('the panels have each an id of their own', () => {
  const ids = dashboard().panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

(hasPromtool ? test : test.skip)('promtool accepts the alerts, and each fires when it should (needs promtool)', () => {
  const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8', cwd: __dirname });
  const checked = promtool('check', 'rules', ALERTS_FILE);
  expect([checked.status, checked.stderr]).toEqual([0, '']);
  const tested = promtool('test', 'rules', 'alerts.promtool.yml');
  expect([tested.status, tested.stdout + tested.stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
});
