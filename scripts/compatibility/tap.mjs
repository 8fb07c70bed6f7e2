const LINE = /^(ok|not ok) \d+(?: -)? (.*)$/;

/**
 * The result of each test in a TAP output, from ava or mocha.
 * @returns {{ tests: Record<string, 'passed' | 'failed' | 'skipped'>, why: Record<string, string> }} `why`: the first
 *   lines of a failure's diagnostics
 */
export function parseTap(text) {
  const tests = {};
  const why = {};
  let failed;
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match) failed = note(tests, match[1], match[2]);
    else if (failed !== undefined) {
      why[failed] = `${why[failed] ?? ''}${line}\n`.slice(0, 3_000);
      if (line.trim() === '...') failed = undefined;
    }
  }
  return { tests, why };
}

/** Returns the title if the test has failed. Of two tests with the same title, the worse result counts. */
function note(tests, word, text) {
  const skipped = / # (SKIP|TODO)/.exec(text);
  const title = text.replace(/ # (SKIP|TODO).*$/, '').trim();
  if (skipped) tests[title] ??= 'skipped';
  else if (word === 'ok') tests[title] = tests[title] === 'failed' ? 'failed' : 'passed';
  else tests[title] = 'failed';
  return tests[title] === 'failed' && word === 'not ok' ? title : undefined;
}
