import ms from 'ms';

const BYTE_UNITS = ['B', 'K', 'M', 'G', 'T'];

/** `512B`, `1.5M`, `12G`; units are powers of 1,024. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}${BYTE_UNITS[unit]}`;
}

/** `0.25s`, `12m05s`, `3h07m`, `12d4h`, from ms. */
export function formatCpuTime(cpuMs: number): string {
  if (cpuMs < 59_995) return `${(cpuMs / 1000).toFixed(2)}s`;
  const seconds = Math.round(cpuMs / 1000);
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  const two = (number: number): string => String(number).padStart(2, '0');
  if (hours === 0) return `${minutes}m${two(seconds % 60)}s`;
  return days === 0 ? `${hours}h${two(minutes % 60)}m` : `${days}d${hours % 24}h`;
}

/** `99.5`, and from 1,000 on without a decimal. */
export function formatPercent(percent: number): string {
  return percent.toFixed(percent < 999.95 ? 1 : 0);
}

/** `3m`, `2h`: from `since` to `now`, both Unix time in ms. */
export function formatAge(since: number, now: number): string {
  return ms(Math.max(0, now - since));
}

/** The formatted value; undefined when it is unknown. */
export function formatKnown(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}
