import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { counts, differences, unsteady } from './results.mjs';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

const PARTS = {
  suite: { title: "Temporal's test-suite", unit: 'test file' },
  samples: { title: "Temporal's samples", unit: 'sample' },
};

/**
 * Writes docs/compatibility.md.
 * @param parts `{ suite?: { results, sdk }, samples?: … }`; a part that is not given keeps what the page says of it
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
  const { title, unit } = PARTS[part];
  const [begin, end] = marks(part);
  const names = Object.keys(results)
    .filter((name) => results[name].without?.length && results[name].with?.length)
    .sort();
  const all = names.flatMap((name) => differencesOf(name, results[name]));
  const missing = known.filter((name) => !names.includes(name)).length;
  const explained = all.filter(({ onPurpose }) => !onPurpose);
  const different = new Set(explained.map(({ name }) => name));
  const barren = names.filter((name) => counts(results[name].without).passed === 0);
  const day = new Date().toISOString().slice(0, 10);
  return [
    begin,
    `## ${title}`,
    (missing > 0 ? `**${missing} of ${known.length} ${unit}s have not been compared yet.** ` : '') +
      `${names.length} ${unit}s, SDK ${sdk}, Node ${process.versions.node}, Linux ${release()}, ${day}: ` +
      `${names.length - different.size} the same with the plugin${all.length > explained.length ? ' but for what differs on purpose' : ''}, ` +
      `${different.size} with ${explained.length} differences.` +
      (barren.length > 0 ? ` Nothing passes here without the plugin either in ${barren.join(', ')}.` : ''),
    explained.length > 0 ? '### What differs' : '',
    explained.length > 0 ? differenceTable(explained, unit) : '',
    `### Each ${unit}`,
    table(
      [unit, 'without', 'with the plugin', 'differences', 'unsteady'],
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
  return [words(counts(entry.without)), words(counts(entry.with)), different || '-', unsteady(entry).length || '-'];
}

function differencesOf(name, entry) {
  return differences(entry).map((difference) => ({
    name,
    ...difference,
    ...explanationOf(name, difference.title, entry),
  }));
}

/** The first whose `of` is the name or `*`, and whose `title`, when it has one, is in the title. */
function explanationOf(name, title, entry) {
  const explanations = JSON.parse(read('explanations.json'));
  const found = explanations.find(
    (it) => (it.of === name || it.of === '*') && (it.title === undefined || title.includes(it.title)),
  );
  if (found) return found;
  const [, message] = /message: (.+)/.exec(entry.with.at(-1).why[title] ?? '') ?? [];
  return { why: message ? `**unexplained**: ${message}` : '**unexplained**', onPurpose: false };
}

function differenceTable(rows, unit) {
  return table(
    [unit, 'test', 'without', 'with the plugin', 'why'],
    rows.map((row) => [row.name, row.title, row.without, row.with, row.why]),
  );
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => `${cell}`.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
