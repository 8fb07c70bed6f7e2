import { executeLocally } from '../execute';
import { EXIT_CODE } from '../exit-codes';
import { addEscalationOptions } from '../options/escalation';
import { addOutputOptions } from '../options/output';
import { renderSweep } from '../render/sweep';
import type { SweepFlags } from '../sweep-here';
import type { AddCommand } from './command';

export const addSweep: AddCommand = (program, context, exit) => {
  const command = program
    .command('sweep')
    .description('Kill the processes that dead workers left on this host; needs no server')
    .option('--dry-run', 'only list them')
    .option(
      '--host <id>',
      "this host's id, if its workers set the option hostId (default: TEMPORAL_REAPER_HOST_ID, or the plugin's default)",
    );
  addEscalationOptions(command);
  addOutputOptions(command).action(async (flags: SweepFlags) => {
    exit(
      await executeLocally(context, flags, {
        // Loaded when it is needed: it brings the containment levels along.
        ask: async () => (await import('../sweep-here.js')).sweepHere(flags),
        render: renderSweep,
        exitCodeOf: ({ attempts }) =>
          attempts.some(({ processes }) => processes.some(({ fate }) => fate === 'survived' || fate === 'denied'))
            ? EXIT_CODE.incomplete
            : EXIT_CODE.done,
      }),
    );
  });
};
