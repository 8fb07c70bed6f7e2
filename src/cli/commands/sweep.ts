import { resolveEscalation } from '../../contract/escalation';
import { assertHostId } from '../../contract/task-queues';
import { openForOrphans } from '../../process/containment/ladder';
import { defaultHostId, markedHost } from '../../process/host-id';
import { KillEngine } from '../../process/kill-engine';
import { findOrphans, sweep } from '../../process/sweep';
import { executeLocally } from '../execute';
import { EXIT } from '../exit-codes';
import { addEscalationOptions, escalationOf, type EscalationFlags } from '../options/escalation';
import { addOutputOptions, type OutputFlags } from '../options/output';
import { renderSweep, type SweepOutcome } from '../render/sweep';
import type { AddCommand } from './command';

type SweepFlags = OutputFlags & EscalationFlags & { host?: string; dryRun?: boolean };

async function sweepHere({ host, dryRun, ...flags }: SweepFlags): Promise<SweepOutcome> {
  const hostId = markedHost(host ?? defaultHostId());
  assertHostId(hostId);
  // It goes by markers, which only `scan` reads: better no answer than a false "nothing is left".
  const engine = new KillEngine(openForOrphans('scan'));
  const { level } = engine.containment;
  if (dryRun) {
    const orphans = await findOrphans(engine, hostId);
    return {
      hostId,
      level,
      dryRun: true,
      attempts: orphans.map(({ marker, processes }) => ({ ...marker, processes })),
    };
  }
  const swept = await sweep(engine, hostId, resolveEscalation(escalationOf(flags)));
  const attempts = swept.map(({ marker, report }) => ({ ...marker, processes: report.processes }));
  return { hostId, level, dryRun: false, attempts };
}

export const addSweep: AddCommand = (program, context, exit) => {
  const command = program
    .command('sweep')
    .description('Kill what workers of this host that are gone have left; needs no server')
    .option('--dry-run', 'only list it')
    .option('--host <id>', "this host's id, when its workers have the option hostId (default: the plugin's)");
  addEscalationOptions(command);
  addOutputOptions(command).action(async (flags: SweepFlags) => {
    exit(
      await executeLocally(context, flags, {
        ask: () => sweepHere(flags),
        render: renderSweep,
        exitCodeOf: ({ attempts }) =>
          attempts.some(({ processes }) => processes.some(({ fate }) => fate === 'survived' || fate === 'denied'))
            ? EXIT.incomplete
            : EXIT.done,
      }),
    );
  });
};
