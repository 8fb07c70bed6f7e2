/** Size of the value's JSON in UTF-8 bytes; slightly too high for characters beyond the basic plane. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) ?? '';
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) bytes += code > 0x7ff ? 2 : 1;
  }
  return bytes;
}

/** A byte budget. */
export class AnswerRoom {
  constructor(private left: number) {}

  /** Takes the value's size from the budget, if it fits; returns whether it did. */
  take(value: unknown): boolean {
    const bytes = jsonBytes(value) + 1; // the comma
    if (bytes > this.left) return false;
    this.left -= bytes;
    return true;
  }
}

/** How many items of each list fit, dealt in turn, so that a long list leaves room for the others. */
export function dealRoom(lists: unknown[][], room: AnswerRoom): number[] {
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

/** The largest cap per item that keeps the sum of all sizes within `maxBytes`. */
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
