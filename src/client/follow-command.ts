import { setTimeout as sleep } from 'node:timers/promises';
import { ReaperError } from '../contract/errors';
import { isOpen, statusOf } from '../contract/run-status';
import { type ActivityEnd, activityEnds } from '../server/activity-end';
import { callServer } from '../server/call-server';
import { type PendingActivity, pendingStateOf } from '../server/describe-run';
import type { CommandProgress } from '../contract/command';
import { type CommandEnd, type CommandNews, SeenOutput, commandEndIn, ifReadable, progressIn } from './command-news';
import type { CommandTarget } from './requests';
import type { TemporalServer } from './server';
import { findTargetRun } from './target-run';

/** Time between two looks at a running command, in ms: its heartbeats come at most once a second. */
const LOOK_MS = 1_000;
/** The same while there is no command, when each look reads the run's history. */
const IDLE_MS = 2_000;

function progressOf({ heartbeatDetails }: PendingActivity): CommandProgress | undefined {
  return progressIn(heartbeatDetails?.payloads?.[0]);
}

/** @throws ReaperError `OPTION_INVALID` when there are several and the target names none */
function choose(pending: PendingActivity[], { workflowId, activityId }: CommandTarget): PendingActivity | undefined {
  if (activityId !== undefined) return pending.find((each) => each.activityId === activityId);
  const commands = pending.filter((each) => ifReadable(() => progressOf(each)));
  const [found, ...others] = commands.length > 0 ? commands : pending;
  if (others.length === 0) return found;
  const ids = [found, ...others].map((each) => each.activityId).join(', ');
  throw new ReaperError('OPTION_INVALID', `Workflow "${workflowId}" runs several activities: name one of ${ids}`);
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
    const read = () => commandEndIn(ended);
    const command = activityId === undefined ? ifReadable(read) : read();
    if (command) return command;
    if (activityId !== undefined) return { end: otherEnd(ended), tails: undefined };
  }
  return undefined;
}

/** What one look at a run has shown of the command. */
interface CommandLook {
  runId: string;
  pending?: PendingActivity;
  ended?: ReturnType<typeof commandEndIn>;
  /** The run's status, if it is closed. */
  closed?: string;
}

async function lookAt(server: TemporalServer, target: CommandTarget): Promise<CommandLook> {
  const description = await findTargetRun(server, target);
  const runId = description.workflowExecutionInfo?.execution?.runId ?? '';
  const pending = choose(description.pendingActivities ?? [], target);
  if (pending) return { runId, pending };
  const ended = await callServer(server, () => lastEnd(server, { ...target, runId }));
  return { runId, ended, closed: isOpen(description) ? undefined : statusOf(description) };
}

function isOutage(error: unknown): error is ReaperError {
  return error instanceof ReaperError && error.code === 'SERVER_UNREACHABLE';
}

/**
 * Tells of a command's output and end, from the heartbeats of its activity and from the history of its run.
 *
 * @param follow whether to go on until it has ended, also over outages of the server; otherwise only what there is now
 * @throws ReaperError `TARGET_NOT_FOUND`, `OPTION_INVALID`, `PAYLOAD_UNREADABLE`, `NAMESPACE_NOT_FOUND`, `SERVER_UNREACHABLE`
 */
export async function* followCommand(
  server: TemporalServer,
  { ...target }: CommandTarget,
  follow: boolean,
): AsyncGenerator<CommandNews> {
  const seen = new SeenOutput();
  let attempt: number | undefined;
  let hasSeenRun = false;
  for (;;) {
    let look: CommandLook | undefined;
    try {
      look = await lookAt(server, target);
    } catch (error) {
      if (!follow || !hasSeenRun || !isOutage(error)) throw error;
      yield { type: 'outage', message: error.message };
    }
    if (look) {
      const { runId, pending, ended, closed } = look;
      hasSeenRun = true;
      // From now on it is this command, whatever its workflow runs next.
      target.runId = runId;
      if (pending) {
        target.activityId = pending.activityId ?? undefined;
        if (attempt !== undefined && pending.attempt !== attempt) {
          seen.reset();
          yield { type: 'attempt', attempt: pending.attempt ?? 0 };
        }
        attempt = pending.attempt ?? undefined;
        if (pendingStateOf(pending) === 'scheduled') yield { type: 'waiting' };
        const progress = progressOf(pending);
        if (progress && progress.attempt === attempt) yield* seen.take(progress);
      } else if (ended) {
        if (ended.tails) yield* seen.take(ended.tails);
        yield ended.end;
        return;
      } else if (closed !== undefined) {
        yield { type: 'end', how: closed };
        return;
      }
    }
    if (!follow) return;
    await sleep(look?.pending ? LOOK_MS : IDLE_MS);
  }
}
