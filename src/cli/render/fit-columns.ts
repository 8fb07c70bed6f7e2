/** What a column needs, in columns of the terminal. */
export interface ColumnNeed {
  /** Below this it is left out. */
  least: number;
  /** More is of no use. At least `least`. */
  ideal: number;
  /** The higher, the sooner it is left out and the later it grows. */
  rank: number;
}

/** The space between two columns. */
export const COLUMN_GAP = 2;

/**
 * The width of each column so that all fit into `width`, gaps included; 0 for one that is left out. The last one that is
 * left gets what there is.
 */
export function fitColumns(needs: readonly ColumnNeed[], width: number): number[] {
  const byRank = [...needs].sort((a, b) => a.rank - b.rank);
  const spareIn = (kept: readonly ColumnNeed[]): number =>
    width - kept.reduce((sum, { least }) => sum + least, COLUMN_GAP * (kept.length - 1));
  while (byRank.length > 1 && spareIn(byRank) < 0) byRank.pop();
  let spare = spareIn(byRank);
  const widths = new Map<ColumnNeed, number>();
  for (const need of byRank) {
    const more = Math.min(spare, need.ideal - need.least);
    widths.set(need, Math.max(0, need.least + more));
    spare -= more;
  }
  return needs.map((need) => widths.get(need) ?? 0);
}
