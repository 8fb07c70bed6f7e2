import Table from 'cli-table3';
import pc from 'picocolors';
import type { AttemptKill } from '../src/contract/host-requests';
import type { KillReport } from '../src/contract/kill-report';
import type { CancelStory } from './history';
import type { Seen } from './kernel';

const BORDERLESS = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ' },
};

function table(head: string[], rows: string[][], rightAligned: number[] = []): string {
  const colAligns = head.map((_, column) => (rightAligned.includes(column) ? 'right' : 'left'));
  const style = { head: [], border: [], 'padding-left': 2, 'padding-right': 0, compact: true };
  const made = new Table({ chars: BORDERLESS, style, colAligns, head: head.map((title) => pc.dim(title)) });
  made.push(...rows);
  return made.toString();
}

function ms(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`;
}

function killsOf(story: CancelStory): (AttemptKill & { hostId: string })[] {
  return story.kills.flatMap(({ hostId, kills }) => kills.map((kill) => ({ ...kill, hostId })));
}

export function renderTimeline(story: CancelStory): string {
  const zero = story.requestedAt ?? 0;
  const reports = killsOf(story).map(({ report }) => report);
  const diedAt = (report: KillReport): number[] =>
    report.processes.map(({ deadAfterMs }) => report.startedAt + (deadAfterMs ?? Infinity));
  const isStubborn = (report: KillReport): boolean => report.processes.some(({ fate }) => fate !== 'exited');
  const obedient = reports.filter((report) => !isStubborn(report));
  const stubborn = reports.filter(isStubborn);
  const firstSignal = Math.min(...reports.map(({ firstSignalAt }) => firstSignalAt ?? Infinity));
  const steps: [number | undefined, string][] = [
    [story.requestedAt, 'cancel requested (the server has it)'],
    [story.locatedAt, 'located: which worker holds which activity'],
    [firstSignal, 'first SIGTERM'],
    [Math.max(...obedient.flatMap(diedAt)), 'all dead but what ignores SIGTERM'],
    [Math.max(...stubborn.flatMap(diedAt)), 'last death: what ignores SIGTERM has had its second of grace'],
    [story.closedAt, `workflow closed: ${story.status}`],
  ];
  const known = steps.filter((step): step is [number, string] => step[0] !== undefined && Number.isFinite(step[0]));
  known.sort((a, b) => a[0] - b[0]);
  return table(
    ['after', 'what'],
    known.map(([at, what]) => [ms(at - zero), what]),
    [0],
  );
}

/** One row per process: those that the kernel showed before the cancel, and those that only the kill reports list. */
export function renderFates(story: CancelStory, before: Seen[], isAlive: (pid: number) => boolean): string {
  const zero = story.requestedAt ?? 0;
  const rows: string[][] = [];
  const reported = new Set<number>();
  for (const { hostId, activityType, report } of killsOf(story)) {
    for (const { pid, name, fate, signal, deadAfterMs } of report.processes) {
      reported.add(pid);
      const shown = isAlive(pid)
        ? pc.red('ALIVE')
        : fate === 'killed'
          ? pc.yellow('killed')
          : fate === 'exited'
            ? pc.green('exited')
            : pc.red(fate);
      const after = deadAfterMs === undefined ? '-' : ms(report.startedAt + deadAfterMs - zero);
      rows.push([hostId, activityType ?? '-', String(pid), name, shown, signal ?? '-', after]);
    }
  }
  const unreported = before.filter(({ pid }) => !reported.has(pid));
  for (const { pid, job, name } of unreported.filter(({ pid }) => isAlive(pid))) {
    rows.push(['-', job ?? '-', String(pid), name, pc.red('ALIVE'), '-', '-']);
  }
  rows.sort((a, b) => a[0].localeCompare(b[0]) || a[1].localeCompare(b[1]) || Number(a[2]) - Number(b[2]));
  const text = table(['host', 'activity', 'pid', 'program', 'fate', 'last signal', 'dead after'], rows, [2, 6]);
  const ended = unreported.filter(({ pid }) => !isAlive(pid)).length;
  return ended === 0 ? text : `${text}\n  ${pc.dim(`and ${ended} that ended by themselves before the kill`)}`;
}

export function renderSeen(seen: Seen[]): string {
  const rows = seen.map(({ job, pid, ppid, name }) => [job ?? '-', String(pid), String(ppid), name]);
  rows.sort((a, b) => a[0].localeCompare(b[0]) || Number(a[1]) - Number(b[1]));
  return table(['activity', 'pid', 'parent', 'program'], rows, [1, 2]);
}
