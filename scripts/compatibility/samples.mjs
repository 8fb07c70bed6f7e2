export function sampleNames() {
  return [];
}
export function runSample() {
  return undefined;
}
