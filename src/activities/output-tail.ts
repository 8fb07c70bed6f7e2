/** UTF-8 bytes after the first one of a character. */
const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Bytes of the character in JSON text, encoded as UTF-8. */
function jsonBytes(character: string): number {
  return Buffer.byteLength(JSON.stringify(character)) - 2;
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

  /** The end of the stream, decoded as UTF-8 and cut between two characters; `isCut` if something before it is missing. */
  end(): { text: string; isCut: boolean } {
    const kept = Buffer.concat(this.chunks);
    let start = Math.max(0, kept.length - this.keepBytes);
    if (this.hasDropped || start > 0) while (start < kept.length && isContinuation(kept[start])) start++;
    const characters = [...kept.toString('utf8', start)];
    let first = characters.length;
    for (let left = this.keepBytes; first > 0; first--) {
      left -= jsonBytes(characters[first - 1]);
      if (left < 0) break;
    }
    return { text: characters.slice(first).join(''), isCut: this.hasDropped || start > 0 || first > 0 };
  }
}
