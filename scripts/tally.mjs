/** Counts jest's JSON result, and says why each skipped test was skipped. */

/**
 * @param outcome jest's exit code and its JSON result, `undefined` when jest did not get that far
 * @param filtered tests were chosen by name, so those not chosen are counted as skipped, but not listed
 */
export function tally(outcome, { filtered = false } = {}) {
  if (!outcome?.result) return { passed: 0, failed: 1, skipped: 0, lines: ['jest gave no result'] };
  const lines = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of outcome.result.testResults) {
    const failedBefore = counts.failed;
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') counts.failed += 1;
      else {
        counts.skipped += 1;
        const line = skipLine(test, filtered);
        if (line) lines.push(line);
      }
    }
    // It did not load, or a hook after its tests failed.
    if (suite.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  if (outcome.code !== 0 && counts.failed === 0) {
    counts.failed += 1;
    lines.push(`jest ended with exit code ${outcome.code}, see above`);
  }
  return { ...counts, lines };
}

/** A skipped test's title, or its suite's, ends in `(skipped: <why>)`. */
function skipLine(test, filtered) {
  const reason = [test.title, ...test.ancestorTitles].map((title) => /\(skipped: (.+)\)$/.exec(title)?.[1]);
  const why = reason.find((text) => text !== undefined);
  if (why === undefined && filtered) return undefined;
  return `skipped: ${test.fullName.replace(/ ?\(skipped: [^)]*\)/g, '')}: ${why ?? 'no reason given'}`;
}
