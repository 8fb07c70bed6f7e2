import type { CancelPreview, SelectedWorkflow } from '../../client';
import { type CancelOutcome, totalsOf } from '../../contract/outcomes';
import { EXIT_CODE, type ExitCode } from '../exit-codes';
import { countOf } from './count';
import { notesOf } from './notes';
import type { ColorPalette } from './palette';
import { toPrintable } from './printable';
import { renderTable } from './table';

/** What became of one workflow of several: an outcome, an error, or neither if its turn did not come. */
export interface SelectedEnd<T> extends SelectedWorkflow {
  exitCode: ExitCode;
  outcome?: T;
  error?: { code: string; message: string };
}

type Style = Exclude<keyof ColorPalette, 'isColorSupported'>;

/** How a workflow's end is named, and its colour. */
const WORDS: Partial<Record<ExitCode, [word: string, style: Style]>> = {
  [EXIT_CODE.done]: ['done', 'green'],
  [EXIT_CODE.incomplete]: ['incomplete', 'yellow'],
  [EXIT_CODE.interrupted]: ['not begun', 'yellow'],
};

function wordOf({ exitCode }: SelectedEnd<unknown>): [word: string, style: Style] {
  return WORDS[exitCode] ?? ['failed', 'red'];
}

/** What will be cancelled. */
export function renderSelected(selected: SelectedWorkflow[], palette: ColorPalette): string {
  const rows = selected.map(({ workflowId, runId, workflowType }) => [workflowId, runId, workflowType]);
  return renderTable(['WORKFLOW', 'RUN', 'TYPE'], rows, palette);
}

function whatHappened(outcome: CancelOutcome): string {
  const { dead, alive } = totalsOf(outcome);
  const living = alive > 0 ? [`${countOf(alive, 'process', 'processes')} alive`] : [];
  return [
    outcome.status ?? 'status unknown',
    `${countOf(dead, 'process', 'processes')} dead`,
    ...living,
    ...notesOf(outcome),
  ].join('; ');
}

/** One line: `done order-42 (run …): CANCELED; 3 processes dead`. */
export function renderEnd(end: SelectedEnd<CancelOutcome>, palette: ColorPalette): string {
  const { workflowId, runId, outcome, error } = end;
  const [word, style] = wordOf(end);
  const failure = error ? [`error (${error.code}): ${error.message}`] : [];
  const what = outcome ? [whatHappened(outcome)] : failure;
  return `${palette[style](word)} ${toPrintable([`${workflowId} (run ${runId})`, ...what].join(': '))}`;
}

/** One line: how many workflows ended how. */
export function renderSummary(ends: SelectedEnd<CancelOutcome | CancelPreview>[]): string {
  const counts = new Map<string, number>();
  for (const [word] of ends.map(wordOf)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].map(([word, number]) => `${number} ${word}`);
  return `${countOf(ends.length, 'workflow', 'workflows')}: ${words.join(', ')}.`;
}
