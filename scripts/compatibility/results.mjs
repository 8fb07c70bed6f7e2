/** A run with the plugin counts as slower when it takes this much longer than any without: less is noise. */
const SLOWER = { times: 1.5, seconds: 5 };

/**
 * The differences between the runs without the plugin and those with it. A test that has had the same result at least once
 * both with and without is unsteady, not different.
 * @param {{ without?: Run[], with?: Run[] } | undefined} entry the runs of one test file or sample
 * @returns {{ title: string, without: string, with: string }[]} the title `the end` stands for how the program ended, `the
 *   time` for how long it took
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
  // A failed test alone changes the exit code.
  if (found.length === 0 && !endings[1].some((ending) => endings[0].includes(ending))) {
    found.push({ title: 'the end', without: endings[0], with: endings[1] });
  }
  const [slowest, fastest] = [Math.max(...seconds(without)), Math.min(...seconds(ours))];
  if (fastest > slowest * SLOWER.times + SLOWER.seconds) {
    found.push({ title: 'the time', without: [`${slowest} s`], with: [`${fastest} s`] });
  }
  return found.map((it) => ({ ...it, without: it.without.join(' or '), with: it.with.join(' or ') }));
}

/**
 * Tests that are not different, but whose runs differ among themselves, with the result of each run. `the end` stands for
 * how the program ended, listed only if nothing else is.
 */
export function unsteady(entry) {
  const without = entry?.without ?? [];
  const ours = entry?.with ?? [];
  const different = new Set(differences(entry).map(({ title }) => title));
  const found = titles([...without, ...ours])
    .filter((title) => statuses([...without, ...ours], title).length > 1 && !different.has(title))
    .map((title) => ({ title, without: inTurn(without, title), with: inTurn(ours, title) }));
  const endings = new Set([...without, ...ours].map(({ ending }) => ending));
  if (found.length === 0 && different.size === 0 && endings.size > 1) {
    const [first, second] = [without, ours].map((runs) => runs.map(({ ending }) => ending).join(', '));
    found.push({ title: 'the end', without: first, with: second });
  }
  return found;
}

function inTurn(runs, title) {
  return runs.map(({ tests, ending }) => tests[title] ?? (isCutOff(ending) ? 'time up' : 'not run')).join(', ');
}

/** The counts of the last run, and whether it was cut off; `undefined` when there was none. */
export function counts(runs = []) {
  const last = runs.at(-1);
  if (!last) return undefined;
  const count = (status) => Object.values(last.tests).filter((it) => it === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), cutOff: isCutOff(last.ending) };
}

export function titles(runs) {
  return [...new Set(runs.flatMap(({ tests }) => Object.keys(tests)))];
}

/** A test missing from the output did not run; if the run was cut off, its result is unknown. */
function statuses(runs, title) {
  const known = runs.filter(({ tests, ending }) => tests[title] !== undefined || !isCutOff(ending));
  return [...new Set(known.map(({ tests }) => tests[title] ?? 'not run'))];
}

/** How long the runs took. */
export function seconds(runs = []) {
  return runs.map((run) => run.seconds);
}

function isCutOff(ending) {
  return ending.startsWith('no end');
}
