import type { KillResult } from '../contract/host-requests';
import { type CancelOutcome, type HostOutcome, aliveOn, deadOn } from '../contract/outcomes';

/** Most lines shown in the Temporal UI. */
const LINES_SHOWN = 100;
/** Longest list of activities, in characters. */
const LIST_SHOWN = 500;

function linesOf(hosts: HostOutcome<KillResult>[]): string[] {
  const lines = hosts.slice(0, LINES_SHOWN).map((host) => {
    const { hostId, workerPid, status, message } = host;
    const found = status === 'answered' ? `${deadOn(host)} dead, ${aliveOn(host)} alive` : `${status}: ${message}`;
    return `- **${hostId}** (worker ${workerPid}): ${found}`;
  });
  if (hosts.length > LINES_SHOWN) lines.push(`- and ${hosts.length - LINES_SHOWN} workers more`);
  return lines;
}

function inMarkdown(lines: string[]): string {
  return lines.length > 0 ? lines.join('\n') : '- no host had anything to kill';
}

/** Describes, in Markdown for the Temporal UI, what each worker did. */
export function describeHosts(hosts: HostOutcome<KillResult>[]): string {
  return inMarkdown(linesOf(hosts));
}

/** Describes, while the processes have their grace, whom the kill waits for. */
export function describeWait(hostIds: (string | undefined)[]): string {
  const hosts = [...new Set(hostIds)].filter((hostId) => hostId !== undefined);
  const lines = hosts.slice(0, LINES_SHOWN).map((hostId) => `- waiting for **${hostId}**`);
  if (hosts.length > LINES_SHOWN) lines.push(`- and for ${hosts.length - LINES_SHOWN} hosts more`);
  return lines.join('\n');
}

/** Describes what each worker did, and what needs attention. */
export function describeOutcome({ hosts, cancelError, degraded, unguarded, unreached }: CancelOutcome): string {
  const notes: [string, string | undefined][] = [
    ['error', cancelError],
    ['unguarded (its worker runs no temporal-reaper)', unguarded.join(', ')],
    ['the cancel did not reach', unreached.join(', ')],
    ['degraded', degraded],
  ];
  const lines = notes.flatMap(([what, text]) => (text ? `- **${what}**: ${text.slice(0, LIST_SHOWN)}` : []));
  return inMarkdown([...linesOf(hosts), ...lines]);
}
