const MASK = '***';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * Replaces exact values in a stream of bytes. What may be the beginning of a value is held back until more arrives. Only the
 * exact bytes are found: not a value that the command encodes, splits or changes.
 */
export class SecretMask {
  /** As text of one character per byte; the longest first, so that it wins over one that it begins with. */
  private readonly secrets: string[];
  private readonly pattern: RegExp;
  private held = '';

  /** @param secrets empty ones are ignored */
  constructor(secrets: string[]) {
    const bytes = secrets.filter((secret) => secret !== '').map((secret) => Buffer.from(secret).toString('latin1'));
    this.secrets = bytes.sort((a, b) => b.length - a.length);
    this.pattern = new RegExp(this.secrets.map(escaped).join('|'), 'g');
  }

  add(chunk: Buffer): Buffer {
    if (this.secrets.length === 0) return chunk;
    const text = this.held + chunk.toString('latin1');
    let masked = '';
    let done = 0;
    let heldFrom = this.beginsSecret(text, 0);
    for (const { index, 0: found } of text.matchAll(this.pattern)) {
      if (index >= heldFrom) break;
      masked += text.slice(done, index) + MASK;
      done = index + found.length;
      if (heldFrom < done) heldFrom = this.beginsSecret(text, done);
    }
    this.held = text.slice(heldFrom);
    return Buffer.from(masked + text.slice(done, heldFrom), 'latin1');
  }

  /** The rest, when nothing more arrives. */
  end(): Buffer {
    const rest = this.held;
    this.held = '';
    return Buffer.from(this.secrets.length === 0 ? rest : rest.replace(this.pattern, MASK), 'latin1');
  }

  /** Where, from that place on, the text ends with the beginning of a secret; otherwise its end. */
  private beginsSecret(text: string, from: number): number {
    const longest = (this.secrets[0]?.length ?? 1) - 1;
    for (let at = Math.max(from, text.length - longest); at < text.length; at++) {
      const end = text.slice(at);
      if (this.secrets.some((secret) => secret.length > end.length && secret.startsWith(end))) return at;
    }
    return text.length;
  }
}
