import type { CancelStory } from './history';

const ROW = 18;
const LABEL = 300;
const CHART = 520;
const TOP = 34;
const COLOURS = { exited: '#2e7d32', killed: '#c62828' } as const;

interface Bar {
  label: string;
  host: string;
  /** Time from the cancel to its death, in ms. */
  endsAt: number;
  colour: string;
}

function barsOf(story: CancelStory, zero: number): Bar[] {
  const bars = story.kills.flatMap(({ hostId, kills }) =>
    kills.flatMap(({ activityType, report }) =>
      report.processes.map(({ name, fate, deadAfterMs = 0 }) => ({
        host: hostId,
        label: `${hostId}  ${activityType ?? ''}  ${name}`,
        endsAt: report.startedAt + deadAfterMs - zero,
        colour: fate === 'killed' ? COLOURS.killed : COLOURS.exited,
      })),
    ),
  );
  return bars.sort((a, b) => a.host.localeCompare(b.host) || a.endsAt - b.endsAt);
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** Draws a cancel: a bar for each process, from the cancel to its death. */
export function timelineSvg(story: CancelStory): string {
  const zero = story.requestedAt ?? 0;
  const bars = barsOf(story, zero);
  const closedAt = (story.closedAt ?? zero) - zero;
  const last = Math.max(closedAt, ...bars.map(({ endsAt }) => endsAt)) * 1.05;
  const x = (ms: number): number => Math.round(LABEL + (ms / last) * CHART);
  const height = TOP + bars.length * ROW + 34;
  const line = (ms: number, text: string, y: number): string =>
    `<line x1="${x(ms)}" x2="${x(ms)}" y1="${TOP - 8}" y2="${height - 26}" stroke="#888" stroke-dasharray="3 3"/>` +
    `<text x="${x(ms)}" y="${y}" text-anchor="${ms > last / 2 ? 'end' : 'start'}">${escaped(text)}</text>`;
  const rows = bars.map(({ label, endsAt, colour }, row) => {
    const y = TOP + row * ROW;
    return (
      `<text x="${LABEL - 10}" y="${y + 12}" text-anchor="end" font-family="monospace">${escaped(label)}</text>` +
      `<rect x="${x(0)}" y="${y + 3}" width="${Math.max(2, x(endsAt) - x(0))}" height="${ROW - 6}" fill="${colour}"/>` +
      `<text x="${x(endsAt) + 5}" y="${y + 12}" fill="#555">${Math.round(endsAt)} ms</text>`
    );
  });
  const legend =
    `<rect x="${LABEL}" y="${height - 18}" width="10" height="10" fill="${COLOURS.exited}"/>` +
    `<text x="${LABEL + 15}" y="${height - 9}">ended by SIGTERM</text>` +
    `<rect x="${LABEL + 140}" y="${height - 18}" width="10" height="10" fill="${COLOURS.killed}"/>` +
    `<text x="${LABEL + 155}" y="${height - 9}">ignored it, killed after its second of grace</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LABEL + CHART + 80}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    line(0, 'temporal workflow cancel', 16),
    line(closedAt, `workflow closed: ${story.status}`, 16),
    ...rows,
    legend,
    '</svg>',
    '',
  ].join('\n');
}
