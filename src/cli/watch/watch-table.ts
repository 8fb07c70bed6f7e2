import { COLUMN_GAP, fitColumns } from '../render/fit-columns';
import { padTo, widthOf } from '../render/fit-text';
import type { WatchColumn, WatchRow } from './watch-rows';

interface ColumnStyle {
  key: WatchColumn;
  head: string;
  align: 'left' | 'right';
  /** See `ColumnNeed`. */
  rank: number;
  /** It may be cut to this. Default: it is never cut. */
  least?: number;
}

const COLUMNS: ColumnStyle[] = [
  { key: 'pid', head: 'PID', align: 'right', rank: 1 },
  { key: 'ppid', head: 'PPID', align: 'right', rank: 8 },
  { key: 'state', head: 'S', align: 'left', rank: 5 },
  { key: 'percent', head: '%CPU', align: 'right', rank: 2 },
  { key: 'cpu', head: 'CPU', align: 'right', rank: 6 },
  { key: 'memory', head: 'MEMORY', align: 'right', rank: 3 },
  { key: 'age', head: 'AGE', align: 'right', rank: 4 },
  { key: 'host', head: 'HOST', align: 'left', rank: 7, least: 8 },
  { key: 'worker', head: 'WORKER', align: 'right', rank: 9 },
  { key: 'level', head: 'LEVEL', align: 'left', rank: 10 },
];
const TITLE_HEAD = 'ATTEMPT AND PROCESSES';
/** So much of the titles, if they are that long, is worth more than any other column. */
const TITLE_LEAST = 26;

/** Its lines have at most the given width. */
export interface WatchTable {
  head: string;
  /** The lines of the rows from one to another; the columns are as wide as all rows need. */
  linesOf(from: number, to: number): string[];
}

/** Lays the rows out as a table. With less width it has fewer columns, and shorter titles and hosts. */
export function layOutRows(rows: readonly WatchRow[], width: number): WatchTable {
  const widest = (head: string, texts: (string | undefined)[]): number =>
    texts.reduce((most, text) => Math.max(most, widthOf(text ?? '')), widthOf(head));
  const needs = COLUMNS.map(({ key, head, rank, least = Infinity }) => {
    const ideal = widest(
      head,
      rows.map(({ cells }) => cells[key]),
    );
    return { ideal, least: Math.min(least, ideal), rank };
  });
  const ideal = widest(
    TITLE_HEAD,
    rows.map(({ fullTitle }) => fullTitle),
  );
  const widths = fitColumns([...needs, { ideal, least: Math.min(TITLE_LEAST, ideal), rank: 0 }], width);
  const titleWidth = widths[COLUMNS.length];
  const lineOf = (textOf: (column: ColumnStyle) => string, title: string): string => {
    const cells = COLUMNS.flatMap((column, index) =>
      widths[index] === 0 ? [] : padTo(textOf(column), widths[index], column.align),
    );
    return [...cells, padTo(title, titleWidth)].join(' '.repeat(COLUMN_GAP)).trimEnd();
  };
  return {
    head: lineOf(({ head }) => head, TITLE_HEAD),
    linesOf: (from, to) =>
      rows.slice(from, to).map(({ cells, title }) => lineOf(({ key }) => cells[key] ?? '', title(titleWidth))),
  };
}
