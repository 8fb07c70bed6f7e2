import { mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { behaviours, levels } from './behaviours';
import { nameOf } from './environments';
import type { Observed, Plan } from './trial';

const DOCUMENT = join(projectRoot(), 'docs', 'escapes.md');
/** Each suite of a run writes its own part of the document. */
const PARTS = ['behaviours', 'software'] as const;
export type Part = (typeof PARTS)[number];

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function table(head: string[], rows: string[][]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/** The survivors in all environments of a level: `-`, or their roles, with the number of tries if not in every one. */
export function summary(tries: { alive: string[]; who: string }[]): string {
  if (tries.length === 0) return 'not tried';
  const bad = tries.filter(({ alive }) => alive.length > 0);
  if (bad.length === 0) return '-';
  const roles = [...new Set(bad.flatMap(({ alive }) => alive))].join(', ');
  const whose = [...new Set(bad.map(({ who }) => who))];
  const all = new Set(tries.map(({ who }) => who));
  const where = whose.length < all.size ? ` as ${whose.join(', ')}` : '';
  const here = tries.filter(({ who }) => whose.includes(who)).length;
  return bad.length === here ? `**${roles}**${where}` : `**${roles}**${where}, ${bad.length} of ${here} times`;
}

/** Writes `test-results/zoo-<part>.json` and that part of docs/escapes.md. */
export function writePart(part: Part, observed: unknown, text: string): void {
  const dir = join(projectRoot(), 'test-results');
  mkdirSync(dir, { recursive: true });
  const about = { date: new Date().toISOString(), kernel: release() };
  writeFileSync(join(dir, `zoo-${part}.json`), JSON.stringify({ ...about, observed }, null, 2));
  writeFileSync(join(dir, `zoo-${part}.md`), text);
  const texts = PARTS.map((each) => join(dir, `zoo-${each}.md`)).filter((file) => existsSync(file));
  const head = [
    '# What escapes a kill',
    '',
    'Written by `npm run test:zoo`, which starts each of these inside an attempt and kills the attempt. A process counts as',
    'alive if the kernel shows it or if it keeps writing to its own file, whatever the kill report says. `-`: nothing is left.',
    `Last run ${about.date.slice(0, 10)} on Linux ${about.kernel}.`,
    '',
  ];
  writeFileSync(DOCUMENT, [...head, ...texts.map((file) => `${readFileSync(file, 'utf8').trimEnd()}\n`)].join('\n'));
}

export function writeResults(results: { plan: Plan; observed: Observed }[]): void {
  const rows = behaviours.map((behaviour) => [
    behaviour.name,
    ...levels.map((level) =>
      summary(
        results
          .filter(({ plan }) => plan.behaviour.name === behaviour.name && plan.environment.level === level)
          .flatMap(({ plan, observed }) => observed.rounds.map((alive) => ({ alive, who: plan.environment.user }))),
      ),
    ),
  ]);
  const tried = [...new Set(results.map(({ plan }) => nameOf(plan.environment)))];
  const text = ['## Behaviours', '', table(['behaviour', ...levels], rows), '', `Tried: ${tried.join('; ')}.`, ''];
  writePart(
    'behaviours',
    results.map(({ plan, observed }) => ({
      environment: nameOf(plan.environment),
      behaviour: plan.behaviour.name,
      route: plan.route,
      survivors: observed.rounds,
      error: observed.error,
    })),
    text.join('\n'),
  );
}
