import { cutTo, padTo, wrapWords } from '../render/fit-text';
import { omittedOfList, unansweredOf } from '../render/notes';
import type { ColorPalette } from '../render/palette';
import { toPrintable } from '../render/printable';
import type { SortOrder } from './sort-order';
import { watchRows } from './watch-rows';
import { summaryWords } from './watch-summary';
import { layOutRows } from './watch-table';
import type { WatchedList } from './watched-list';

/** Everything that a frame shows. */
export interface WatchView {
  /** Undefined until the first answer. */
  list?: WatchedList;
  /** Why the last refresh failed; the list is then older than that. */
  error?: string;
  order: SortOrder;
  isPaused: boolean;
  /** How many lines of the list are above the screen. */
  offset: number;
  /** The list was reduced to this workflow. */
  workflowId?: string;
}

/** Columns and rows of the terminal. */
export interface ScreenSize {
  columns: number;
  rows: number;
}

/** What the screen shows: lines that fit it, at most one for each row. */
export interface WatchFrame {
  lines: string[];
  /** The view's offset, or the last one that leaves no row empty. */
  offset: number;
  /** How many lines of the list fit. */
  page: number;
}

const SUMMARY_LINES = 2;
const NOTES_SHOWN = 2;
const ORDERS: Record<SortOrder, string> = { cpu: 'CPU', memory: 'memory', age: 'age' };

function notesOn({ list, workflowId }: WatchView): string[] {
  if (!list) return [];
  const notes = [...unansweredOf(list.outcome.hosts), ...omittedOfList(list.outcome, workflowId !== undefined)];
  if (notes.length <= NOTES_SHOWN) return notes;
  return [...notes.slice(0, NOTES_SHOWN - 1), `and ${notes.length - NOTES_SHOWN + 1} remarks more: see ps`];
}

function headerOf(view: WatchView, width: number, palette: ColorPalette): string[] {
  const words = view.list ? summaryWords(view.list) : ['Asking the hosts'];
  const summary = wrapWords(view.isPaused ? ['PAUSED', ...words] : words, width, SUMMARY_LINES);
  const error = view.error === undefined ? [] : [cutTo(toPrintable(view.error), width)];
  return [
    ...summary.map(palette.bold),
    ...error.map(palette.red),
    ...notesOn(view).map((note) => palette.yellow(cutTo(note, width))),
  ];
}

function footerOf({ order, isPaused }: WatchView, first: number, page: number, all: number, width: number): string {
  const hidden = all - Math.min(page, all);
  const shown = hidden === 0 ? [] : [`${hidden} of ${all} lines hidden, ${first} above`, 'j/k scroll'];
  const keys = ['q quit', `c/m/a sort: ${ORDERS[order]}`, `space ${isPaused ? 'go on' : 'pause'}`];
  return wrapWords([...shown, ...keys], width, 1)[0] ?? '';
}

/** Draws a view for a screen. Pure. */
export function watchFrame(view: WatchView, { columns, rows }: ScreenSize, palette: ColorPalette): WatchFrame {
  const { list, order, workflowId } = view;
  const all = list ? watchRows(list, order) : [];
  const table = layOutRows(all, columns);
  const whose = workflowId === undefined ? '' : ` of workflow ${toPrintable(workflowId)}`;
  const empty = list ? [cutTo(`No activity${whose} is running.`, columns)] : [];
  const header = headerOf(view, columns, palette);
  if (all.length > 0) header.push(palette.inverse(padTo(table.head, columns)));
  // On a screen of a few rows, the header gives way to a line of the list and the footer.
  const top = header.slice(0, Math.max(1, rows - 2));
  const page = Math.max(0, rows - top.length - 1);
  const offset = Math.max(0, Math.min(view.offset, all.length - page));
  const body = table.linesOf(offset, offset + page).map((line, index) => {
    return all[offset + index].kind === 'attempt' ? palette.bold(line) : line;
  });
  const footer = palette.dim(footerOf(view, offset, page, all.length, columns));
  const lines = [...top, ...(all.length > 0 ? body : empty.slice(0, page))];
  while (lines.length < rows - 1) lines.push('');
  return { lines: [...lines, footer].slice(0, rows), offset, page };
}
