/** Keeps the last bytes of a stream of any length. */
export class OutputTail {
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly keepBytes: number) {}

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.chunks.length > 0 && this.bytes - this.chunks[0].length >= this.keepBytes) {
      this.bytes -= this.chunks[0].length;
      this.chunks.shift();
    }
  }

  /** The kept bytes, decoded as UTF-8. */
  text(): string {
    if (this.keepBytes === 0) return '';
    return Buffer.concat(this.chunks).subarray(-this.keepBytes).toString('utf8');
  }
}
