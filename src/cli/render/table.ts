import Table from 'cli-table3';
import type { ColorPalette } from './palette';
import { toPrintable } from './printable';

const BORDERLESS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`, `${side}-bottom`])
    .concat('left-mid', 'mid-mid', 'right-mid', 'middle', 'top-left', 'top-right', 'bottom-left', 'bottom-right')
    .map((name) => [name, '']),
);

/** A cell: untrusted text, optionally with a style. */
export type TableCell = string | number | undefined | { text: string; style: (text: string) => string };

function show(cell: TableCell): string {
  if (typeof cell === 'object') return cell.style(toPrintable(cell.text));
  return cell === undefined || cell === '' ? '-' : toPrintable(String(cell));
}

/** Plain columns, like those of `ps` and `kubectl get`; nothing is truncated. */
export function renderTable(head: string[], rows: TableCell[][], palette: ColorPalette): string {
  const table = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    head: head.map((title) => palette.bold(title)),
  });
  table.push(...rows.map((row) => row.map(show)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
