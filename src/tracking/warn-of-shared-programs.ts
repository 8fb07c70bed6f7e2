import { describeAttempt } from '../contract/attempt-ref';
import type { AttemptScope } from './attempt-scope';
import type { ReaperLog } from './reaper-protocol';

/** Programs already warned about. Per worker process, however many reapers it has. */
const strangers = new Set<string>();
const helpers = new Set<string>();

/** Warns once per program: it starts in the context of an activity that has returned, and lives as long as the worker. */
export function tellOfStranger({ attempt }: AttemptScope, program: string, log: ReaperLog): void {
  if (strangers.has(program)) return;
  strangers.add(program);
  log('WARN', 'A process started in the context of an activity that has returned belongs to no activity', {
    program,
    attempt: describeAttempt(attempt),
    remedy:
      'If another activity starts it, for example through a queue, wrap that code in AsyncResource.bind. If it serves all activities, name the program in neverTrack, or start it in untracked()',
  });
}

/** Warns once per program: it is killed with an activity although others may need it. */
export function tellOfHelpers({ attempt, children }: AttemptScope, log: ReaperLog): void {
  for (const program of children.programs()) {
    if (helpers.has(program)) continue;
    helpers.add(program);
    log('WARN', 'A process that nobody waits for is killed with the activity that started it', {
      program,
      attempt: describeAttempt(attempt),
      remedy:
        'If it serves other activities too, or is meant to stay, name the program in neverTrack, or start it in untracked()',
    });
  }
}
