export function writePage() {
  return undefined;
}
