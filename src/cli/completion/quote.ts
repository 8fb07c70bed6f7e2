/** One word of bash or zsh. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll(`'`, `'\\''`)}'`;
}

/** One word of fish. */
export function quoteForFish(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
