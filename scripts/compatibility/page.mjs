import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { counts, differences, seconds, titles, unsteady } from './results.mjs';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

const PARTS = {
  suite: { title: "Temporal's test-suite", unit: 'test file', check: 'tests' },
  samples: { title: "Temporal's samples", unit: 'sample', check: 'lines and endings' },
};

/**
 * Writes docs/compatibility.md.
 * @param parts `{ suite?: { results, sdk }, samples?: … }`; for a part that is missing, the page keeps its present text
 */
export function writePage(parts) {
  const file = join(root, 'docs', 'compatibility.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const sections = Object.keys(PARTS).map((part) =>
    parts[part] ? section(part, parts[part]) : sectionOf(before, part),
  );
  writeFileSync(file, `${[read('page.md').trim(), ...sections.filter(Boolean)].join('\n\n')}\n`);
}

const marks = (part) => [`<!-- results of the ${part} -->`, `<!-- end of the ${part} -->`];

function sectionOf(page, part) {
  const [begin, end] = marks(part);
  const from = page.indexOf(begin);
  return from < 0 ? '' : page.slice(from, page.indexOf(end) + end.length);
}

function section(part, { results, sdk, folder, known }) {
  const { title, unit, check } = PARTS[part];
  const [begin, end] = marks(part);
  const names = Object.keys(results)
    .filter((name) => results[name].without?.length && results[name].with?.length)
    .sort();
  const all = names.flatMap((name) => differencesOf(name, results[name]));
  const shaky = names.flatMap((name) =>
    unsteady(results[name]).map((it) => ({ name, ...it, why: knownOf(name, it.title)?.why ?? '' })),
  );
  const missing = known.filter((name) => !names.includes(name)).length;
  const explained = all.filter(({ onPurpose }) => !onPurpose);
  const different = new Set(explained.map(({ name }) => name));
  const barren = names.filter((name) => counts(results[name].without).passed === 0);
  const checks = names.reduce((sum, name) => sum + titles([...results[name].without, ...results[name].with]).length, 0);
  const day = new Date().toISOString().slice(0, 10);
  return [
    begin,
    `## ${title}`,
    (missing > 0 ? `**${missing} of ${known.length} ${unit}s have not been compared yet.** ` : '') +
      `${names.length} ${unit}s (${checks} ${check}), SDK ${sdk}, Node ${process.versions.node}, Linux ${release()}, ${day}: ` +
      `${names.length - different.size} the same with the plugin${all.length > explained.length ? ' apart from intended differences' : ''}, ` +
      `${different.size} with ${explained.length} differences.` +
      (barren.length > 0 ? ` Nothing passes here in ${barren.join(', ')}, even without the plugin.` : ''),
    explained.length > 0 ? '### What differs' : '',
    explained.length > 0 ? differenceTable(explained, unit) : '',
    shaky.length > 0 ? '### What is not steady' : '',
    shaky.length > 0 ? differenceTable(shaky, unit, 'what is known') : '',
    `### Each ${unit}`,
    table(
      [unit, 'without', 'with the plugin', 'differences', 'unsteady', 'seconds without', 'with'],
      names.map((name) => [name, ...rowOf(name, results[name])]),
    ),
    end,
  ]
    .filter((text) => text !== '')
    .join('\n\n')
    .replaceAll(folder, '.');
}

function rowOf(name, entry) {
  const words = ({ passed, failed, skipped, cutOff }) =>
    [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`, cutOff && 'time up']
      .filter(Boolean)
      .join(', ');
  const different = differencesOf(name, entry).filter(({ onPurpose }) => !onPurpose).length;
  return [
    words(counts(entry.without)),
    words(counts(entry.with)),
    different || '-',
    unsteady(entry).length || '-',
    seconds(entry.without).join(', '),
    seconds(entry.with).join(', '),
  ];
}

function differencesOf(name, entry) {
  return differences(entry).map((difference) => ({
    name,
    ...difference,
    ...explanationOf(name, difference.title, entry),
  }));
}

/** The first explanation whose `of` is the name or `*`, and whose `title`, if it has one, is part of the title. */
function explanationOf(name, title, entry) {
  const found = knownOf(name, title);
  if (found) return found;
  const [, message] = /message: (.+)/.exec(entry.with.at(-1).why[title] ?? '') ?? [];
  return { why: message ? `**unexplained**: ${message}` : '**unexplained**', onPurpose: false };
}

function knownOf(name, title) {
  const explanations = JSON.parse(read('explanations.json'));
  return explanations.find(
    (it) => (it.of === name || it.of === '*') && (it.title === undefined || title.includes(it.title)),
  );
}

function differenceTable(rows, unit, why = 'why') {
  return table(
    [unit, 'test', 'without', 'with the plugin', why],
    rows.map((row) => [row.name, row.title, row.without, row.with, row.why]),
  );
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => `${cell}`.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
