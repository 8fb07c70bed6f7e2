import type { LocatedAttempt } from './control-requests';

/** In characters. With a host id, which is ASCII, they stay below the server's 400 bytes in any script. */
const TYPES_SHOWN = 80;
const HOST_SHOWN = 60;

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** Names what a kill kills, for the Temporal UI, which shows it after the activity's type: `kill • compile ×2 on host-a`. */
export function killSummary(located: LocatedAttempt[]): string {
  const counts = new Map<string, number>();
  for (const { activityType } of located) counts.set(activityType, (counts.get(activityType) ?? 0) + 1);
  const types = [...counts].map(([type, count]) => (count === 1 ? type : `${type} ×${count}`)).join(', ');
  const host = located[0]?.location?.hostId;
  return `${shorten(types, TYPES_SHOWN)}${host === undefined ? '' : ` on ${shorten(host, HOST_SHOWN)}`}`;
}
