import type { DoctorCheck, CheckStatus, DoctorReport } from '../doctor/check';
import type { ColorPalette } from './palette';
import { toPrintable } from './printable';
import { type TableCell, renderTable } from './table';

const HEAD = ['STATUS', 'CHECK', 'ABOUT', 'FOUND'];

const HEADLINES: Record<CheckStatus, string> = {
  ok: 'Every guarantee is met.',
  warn: 'Every guarantee is met; some things could be better.',
  fail: 'A guarantee is not met.',
};

function remedyOf({ check, subject, remedy }: DoctorCheck): string[] {
  return remedy ? [`${check}${subject ? ` (${subject})` : ''}: ${remedy}`] : [];
}

/** One line per check, then the remedies for checks that are not ok. */
export function renderDoctor({ status, checks }: DoctorReport, palette: ColorPalette): string {
  const styles = { ok: palette.green, warn: palette.yellow, fail: palette.red };
  const rows = checks.map(({ status, check, subject, found }): TableCell[] => {
    return [{ text: status, style: styles[status] }, check, subject, found];
  });
  const parts = [renderTable(HEAD, rows, palette), '', styles[status](HEADLINES[status])];
  const remedies = [...new Set(checks.flatMap(remedyOf))];
  if (remedies.length > 0) parts.push('', ...remedies.map((remedy) => palette.yellow(toPrintable(remedy))));
  return parts.join('\n');
}
