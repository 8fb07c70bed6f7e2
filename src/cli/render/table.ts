import Table from 'cli-table3';
import type { Palette } from './palette';
import { printable } from './printable';

const BORDERLESS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`, `${side}-bottom`])
    .concat('left-mid', 'mid-mid', 'right-mid', 'middle', 'top-left', 'top-right', 'bottom-left', 'bottom-right')
    .map((name) => [name, '']),
);

/** A cell: text as others wrote it, or what `style` makes of it. */
export type Cell = string | number | undefined | { text: string; style: (text: string) => string };

function show(cell: Cell): string {
  if (typeof cell === 'object') return cell.style(printable(cell.text));
  return cell === undefined || cell === '' ? '-' : printable(String(cell));
}

/** Plain columns, as `ps` and `kubectl get` print them; nothing is cut off. */
export function renderTable(head: string[], rows: Cell[][], palette: Palette): string {
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
