import type { Check, CheckStatus, DoctorReport } from '../doctor/check';
import type { Palette } from './palette';
import { printable } from './printable';
import { type Cell, renderTable } from './table';

const HEAD = ['STATUS', 'CHECK', 'ABOUT', 'FOUND'];

const HEADLINES: Record<CheckStatus, string> = {
  ok: 'Every guarantee is met.',
  warn: 'Every guarantee is met; some could be better.',
  fail: 'A guarantee is not met.',
};

function remedyOf({ check, subject, remedy }: Check): string[] {
  return remedy ? [`${check}${subject ? ` (${subject})` : ''}: ${remedy}`] : [];
}

/** One line for each check, then what to do about those that are not well. */
export function renderDoctor({ status, checks }: DoctorReport, palette: Palette): string {
  const styles = { ok: palette.green, warn: palette.yellow, fail: palette.red };
  const rows = checks.map(({ status, check, subject, found }): Cell[] => {
    return [{ text: status, style: styles[status] }, check, subject, found];
  });
  const parts = [renderTable(HEAD, rows, palette), '', styles[status](HEADLINES[status])];
  const remedies = [...new Set(checks.flatMap(remedyOf))];
  if (remedies.length > 0) parts.push('', ...remedies.map((remedy) => palette.yellow(printable(remedy))));
  return parts.join('\n');
}
