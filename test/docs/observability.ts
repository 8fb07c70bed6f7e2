import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './pages';

const folder = join(root, 'docs', 'observability');

export const ALERTS_FILE = join(folder, 'alerts.yml');

/** A panel of the dashboard; rows have no queries. */
export interface DashboardPanel {
  id: number;
  type: string;
  title: string;
  targets?: { expr: string }[];
}

export interface GrafanaDashboard {
  panels: DashboardPanel[];
  templating: { list: { name: string; query: string | { query: string } }[] };
}

export function dashboard(): GrafanaDashboard {
  return JSON.parse(readFileSync(join(folder, 'grafana-dashboard.json'), 'utf8')) as GrafanaDashboard;
}

/** The queries of the dashboard's panels. */
export function panelQueries(): { title: string; query: string }[] {
  return dashboard().panels.flatMap(({ title, targets = [] }) => targets.map(({ expr: query }) => ({ title, query })));
}

export interface AlertRule {
  alert: string;
  expr: string;
}

export function alertRules(): AlertRule[] {
  const { groups } = parse(readFileSync(ALERTS_FILE, 'utf8')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The names of our series in a query. */
export function namesIn(query: string): string[] {
  return query.match(/temporal_reaper_\w+/g) ?? [];
}
