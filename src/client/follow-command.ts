import { setTimeout as sleep } from 'node:timers/promises';
import { ReaperError } from '../contract/errors';
import { isOpen, statusOf } from '../contract/run-status';
import { type ActivityEnd, activityEnds } from '../server/activity-end';
import { callServer } from '../server/call-server';
import { type PendingActivity, type RunDescription, pendingStateOf } from '../server/describe-run';
import { type CommandEnd, type CommandNews, SeenOutput, commandEndIn, progressIn } from './command-news';
import type { CommandTarget } from './requests';
import type { TemporalServer } from './server';
import { findRun } from './target-run';

/** Time between two looks at a running command, in ms: its heartbeats come at most once a second. */
const LOOK_MS = 1_000;

/** @throws ReaperError `OPTION_INVALID` when there are several and the target names none */
function choose(pending: PendingActivity[], { workflowId, activityId }: CommandTarget): PendingActivity | undefined {
  if (activityId !== undefined) return pending.find((each) => each.activityId === activityId);
  const commands = pending.filter((each) => progressIn(each.heartbeatDetails?.payloads?.[0]) !== undefined);
  const [found, ...others] = commands.length > 0 ? commands : pending;
  if (others.length === 0) return found;
  const ids = [found, ...others].map((each) => each.activityId).join(', ');
  throw new ReaperError('OPTION_INVALID', `Workflow "${workflowId}" runs several activities: name one of ${ids}`);
}

async function describe(server: TemporalServer, target: CommandTarget): Promise<RunDescription> {
  const description = await findRun(server, target);
  if (description) return description;
  throw new ReaperError(
    'TARGET_NOT_FOUND',
    `Namespace "${server.namespace}" has no workflow "${target.workflowId}": check the ids and the namespace`,
  );
}

/** How Temporal's SDKs say that a worker has no activity of that type. */
const UNREGISTERED = /not registered|unable to find activityType/i;
const REMEDY = "pass activities: { runCommand } from 'temporal-reaper/activities' to its Worker";

function otherEnd({ kind, failureType, message = '' }: ActivityEnd): CommandEnd {
  if (!UNREGISTERED.test(message)) return { type: 'end', how: kind, code: failureType, message };
  return { type: 'end', how: kind, code: 'COMMAND_UNREGISTERED', message: `${message}; ${REMEDY}` };
}

/** The last command that has ended, or the one that the target names. */
async function lastEnd(
  server: TemporalServer,
  { workflowId, runId, activityId }: CommandTarget & { runId: string },
): Promise<ReturnType<typeof commandEndIn>> {
  const { connection, namespace } = server;
  for await (const ended of activityEnds(connection, { namespace, workflowId, runId })) {
    if (activityId !== undefined && ended.activityId !== activityId) continue;
    const command = commandEndIn(ended);
    if (command) return command;
    if (activityId !== undefined) return { end: otherEnd(ended), tails: undefined };
  }
  return undefined;
}

/**
 * Tells of a command's output and end, from the heartbeats of its activity and from the history of its run.
 *
 * @param follow whether to go on until it has ended; otherwise only what there is now
 * @throws ReaperError `TARGET_NOT_FOUND`, `OPTION_INVALID`, `PAYLOAD_UNREADABLE`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
 */
export async function* followCommand(
  server: TemporalServer,
  target: CommandTarget,
  follow: boolean,
): AsyncGenerator<CommandNews> {
  const seen = new SeenOutput();
  let attempt: number | undefined;
  for (;;) {
    const description = await describe(server, target);
    const runId = description.workflowExecutionInfo?.execution?.runId ?? '';
    const pending = choose(description.pendingActivities ?? [], target);
    if (pending) {
      if (attempt !== undefined && pending.attempt !== attempt) {
        seen.reset();
        yield { type: 'attempt', attempt: pending.attempt ?? 0 };
      }
      attempt = pending.attempt ?? undefined;
      if (pendingStateOf(pending) === 'scheduled') yield { type: 'waiting' };
      const progress = progressIn(pending.heartbeatDetails?.payloads?.[0]);
      if (progress) yield* seen.take(progress);
    } else {
      const ended = await callServer(server, () => lastEnd(server, { ...target, runId }));
      if (ended) {
        if (ended.tails) yield* seen.take(ended.tails);
        yield ended.end;
        return;
      }
      if (!isOpen(description)) {
        yield { type: 'end', how: statusOf(description) };
        return;
      }
    }
    if (!follow) return;
    await sleep(LOOK_MS);
  }
}
