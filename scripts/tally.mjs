/** Counts jest's JSON result, says why each skipped test was skipped, and lists the failed tests again. */

import { relative } from 'node:path';
import { root } from './paths.mjs';

/**
 * @param outcome jest's exit code and its JSON result, `undefined` when jest did not get that far
 * @param filtered whether tests were chosen by name: then the others are counted as skipped, but not listed
 */
export function tally(outcome, { filtered = false } = {}) {
  if (!outcome?.result) return { passed: 0, failed: 1, skipped: 0, lines: ['jest gave no result'] };
  const lines = [];
  const failures = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of outcome.result.testResults) {
    const failedBefore = counts.failed;
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') {
        counts.failed += 1;
        failures.push(failureLine(suite, test.fullName, test.failureMessages[0]));
      } else {
        counts.skipped += 1;
        const line = skipLine(test, filtered);
        if (line) lines.push(line);
      }
    }
    // The suite did not load, or a hook failed after its tests.
    if (suite.status === 'failed' && counts.failed === failedBefore) {
      counts.failed += 1;
      failures.push(failureLine(suite, 'the suite itself', suite.message));
    }
  }
  if (outcome.code !== 0 && counts.failed === 0) {
    counts.failed += 1;
    lines.push(`jest ended with exit code ${outcome.code}, see above`);
  }
  // Last, so that they are found at the end of a long output.
  return { ...counts, lines: [...lines, ...failures] };
}

function failureLine(suite, name, message = 'no message') {
  const [first] = message
    .replaceAll(/\u001b\[\d+m/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return `failed: ${relative(root, suite.name)}: ${name}: ${first?.trim().slice(0, 300)}`;
}

/** A skipped test's title, or its suite's, ends in `(skipped: <why>)`. */
function skipLine(test, filtered) {
  const reason = [test.title, ...test.ancestorTitles].map((title) => /\(skipped: (.+)\)$/.exec(title)?.[1]);
  const why = reason.find((text) => text !== undefined);
  if (why === undefined && filtered) return undefined;
  return `skipped: ${test.fullName.replace(/ ?\(skipped: [^)]*\)/g, '')}: ${why ?? 'no reason given'}`;
}
