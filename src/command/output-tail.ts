import { jsonBytes } from '../contract/room';

/** UTF-8 bytes after the first one of a character. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

const QUOTES = 2;

/** How many bytes at the end begin a character that is not complete yet. */
function unfinishedAtEnd(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes.length - at < 4 && isContinuation(bytes[at])) at--;
  if (at < 0) return 0;
  const lead = bytes[at];
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const there = bytes.length - at;
  return there < length ? there : 0;
}

/** Where the longest end of the text begins whose JSON has at most that many bytes; never within a character. */
function fittingFrom(text: string, maxBytes: number): number {
  let [from, to] = [0, text.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (jsonBytes(text.slice(middle)) - QUOTES <= maxBytes) to = middle;
    else from = middle + 1;
  }
  const isSecondHalf = /^[\udc00-\udfff]/.test(text.slice(from));
  return isSecondHalf ? from + 1 : from;
}

/** Keeps the end of a stream of any length. */
export class OutputTail {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private hasDropped = false;

  /** @param keepBytes counted as JSON text, which is never shorter than the bytes themselves */
  constructor(private readonly keepBytes: number) {}

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.chunks.length > 0 && this.bytes - this.chunks[0].length >= this.keepBytes) {
      this.bytes -= this.chunks[0].length;
      this.hasDropped ||= this.chunks[0].length > 0;
      this.chunks.shift();
    }
  }

  /** The end of the stream so far, without a character that is not complete yet; `unfinished`: its bytes. */
  soFar(): { text: string; unfinished: number } {
    const kept = Buffer.concat(this.chunks);
    const unfinished = unfinishedAtEnd(kept);
    return { text: this.cut(kept.subarray(0, kept.length - unfinished)).text, unfinished };
  }

  /** The end of the stream, decoded as UTF-8 and cut between two characters; `isCut` if something before it is missing. */
  end(): { text: string; isCut: boolean } {
    return this.cut(Buffer.concat(this.chunks));
  }

  private cut(kept: Buffer): { text: string; isCut: boolean } {
    let start = Math.max(0, kept.length - this.keepBytes);
    if (this.hasDropped || start > 0) while (start < kept.length && isContinuation(kept[start])) start++;
    const text = kept.toString('utf8', start);
    const from = fittingFrom(text, this.keepBytes);
    return { text: text.slice(from), isCut: this.hasDropped || start > 0 || from > 0 };
  }
}
