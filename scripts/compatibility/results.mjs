/**
 * What differs between the runs without the plugin and those with it. A run that came out the same with and without once
 * makes a test an unsteady one, and no difference.
 * @param {{ without?: Run[], with?: Run[] } | undefined} entry the runs of one test file or sample
 * @returns {{ title: string, without: string, with: string }[]} `the end` is the title of how the program ended
 */
export function differences(entry) {
  const without = entry?.without ?? [];
  const ours = entry?.with ?? [];
  if (without.length === 0 || ours.length === 0) return [];
  const found = titles([...without, ...ours])
    .map((title) => ({ title, without: statuses(without, title), with: statuses(ours, title) }))
    .filter((it) => it.with.length > 0 && it.without.length > 0)
    .filter((it) => !it.with.some((status) => it.without.includes(status)));
  const endings = [without, ours].map((runs) => [...new Set(runs.map(({ ending }) => ending))]);
  // A failed test makes another exit code by itself.
  if (found.length === 0 && !endings[1].some((ending) => endings[0].includes(ending))) {
    found.push({ title: 'the end', without: endings[0], with: endings[1] });
  }
  return found.map((it) => ({ ...it, without: it.without.join(' or '), with: it.with.join(' or ') }));
}

/** Tests whose runs without the plugin differ among themselves, or that came out like them in one run with it only. */
export function unsteady(entry) {
  const runs = [...(entry?.without ?? []), ...(entry?.with ?? [])];
  const different = new Set(differences(entry).map(({ title }) => title));
  return titles(runs).filter((title) => statuses(runs, title).length > 1 && !different.has(title));
}

/** The last run's counts, and whether its time was up; `undefined` when there was none. */
export function counts(runs = []) {
  const last = runs.at(-1);
  if (!last) return undefined;
  const count = (status) => Object.values(last.tests).filter((it) => it === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), cutOff: isCutOff(last.ending) };
}

function titles(runs) {
  return [...new Set(runs.flatMap(({ tests }) => Object.keys(tests)))];
}

/** A test that the output does not have did not run; of one that was cut off nothing is known. */
function statuses(runs, title) {
  const known = runs.filter(({ tests, ending }) => tests[title] !== undefined || !isCutOff(ending));
  return [...new Set(known.map(({ tests }) => tests[title] ?? 'not run'))];
}

function isCutOff(ending) {
  return ending.startsWith('no end');
}
