/** Bytes of the value's JSON in UTF-8, at most a few more for characters beyond the basic plane. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes += code > 0x7ff ? 2 : 1;
  }
  return bytes;
}

/** Room that is used up. */
export class Room {
  constructor(private left: number) {}

  /** Whether it still fits. */
  take(value: unknown): boolean {
    const bytes = jsonBytes(value) + 1; // the comma
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }
}

/** How many of each list fit, dealt in turn, so that a long list leaves room for the others. */
export function deal(lists: unknown[][], room: Room): number[] {
  const dealt = lists.map(() => 0);
  let open = lists.map((_, index) => index);
  while (open.length > 0) {
    open = open.filter((index) => {
      if (dealt[index] === lists[index].length || !room.take(lists[index][dealt[index]])) return false;
      dealt[index] += 1;
      return true;
    });
  }
  return dealt;
}

/** The largest number of bytes that each may have, so that all together have no more than `maxBytes`. */
export function evenShare(sizes: number[], maxBytes: number): number {
  let left = maxBytes;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index));
    if (size > share) return share;
    left -= size;
  }
  return maxBytes;
}
