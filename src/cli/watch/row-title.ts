import { cutTo, widthOf } from '../render/fit-text';

const GAP = '  ';

/** Both texts in at most `width` columns: neither is cut while the other leaves it room, and each gets half at worst. */
export function titleOfTwo(first: string, second: string, width: number): string {
  const room = width - GAP.length;
  if (room < 2) return cutTo(first, width);
  const right = cutTo(second, Math.max(Math.floor(room / 2), room - widthOf(first)));
  return `${cutTo(first, room - widthOf(right))}${GAP}${right}`;
}

/** A process in its tree in at most `width` columns: of a deep tree, the trunk is cut before the name. */
export function titleInTree(branch: string, name: string, width: number): string {
  const room = width - widthOf(name);
  if (branch.length <= room) return branch + name;
  return cutTo(room < 1 ? name : `…${branch.slice(branch.length - room + 1)}${name}`, width);
}
