import type { CommandEnd, CommandNews } from '../../client';
import type { CliContext } from '../context';
import { toPrintable } from './printable';

type Streams = Pick<CliContext, 'stdout' | 'stderr'>;
type News = Exclude<CommandNews, CommandEnd>;

/** Makes a function that writes a command's output to ours, as it is. With JSON only the end is written, by {@link printEnd}. */
export function printNews({ stdout, stderr }: Streams, output: 'text' | 'json'): (news: News) => void {
  let [hasWaited, isOut] = [false, false];
  return (news) => {
    if (output === 'json') return;
    if (news.type !== 'outage') isOut = false;
    if (news.type === 'output') {
      if (news.missedBytes > 0)
        stderr.write(`… ${news.missedBytes.toLocaleString('en')} bytes of ${news.stream} are not kept …\n`);
      (news.stream === 'stdout' ? stdout : stderr).write(news.text);
    } else if (news.type === 'outage') {
      if (!isOut) stderr.write(`… ${toPrintable(news.message)} …\n`);
      isOut = true;
    } else if (news.type === 'attempt') {
      stderr.write(`… attempt ${news.attempt} begins …\n`);
    } else if (!hasWaited) {
      hasWaited = true;
      stderr.write('Waiting for a worker …\n');
    }
  };
}

/** Writes how a command has ended: as JSON to stdout; as text to stderr, unless its exit code says it all. */
export function printEnd({ stdout, stderr }: Streams, end: CommandEnd, output: 'text' | 'json', ids: object): void {
  const { type: _, ...rest } = end;
  if (output === 'json') stdout.write(`${JSON.stringify({ ...ids, ...rest }, null, 2)}\n`);
  else if (end.how === 'cancelled') stderr.write(`Cancelled.${killed(end)}\n`);
  else if (end.code !== undefined && end.code !== 'COMMAND_FAILED') {
    stderr.write(`error (${end.code}): ${toPrintable(end.message ?? '')}${killed(end)}\n`);
  } else if (end.result === undefined) stderr.write(`It left no result: ${end.how}.\n`);
}

function killed({ kill }: CommandEnd): string {
  if (!kill) return '';
  const alive = kill.survived + kill.denied;
  return ` ${kill.exited + kill.killed} processes are dead${alive > 0 ? `, ${alive} ARE ALIVE` : ''}.`;
}
