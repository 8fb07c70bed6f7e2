import { reaperVersion } from '../../process/package-version';
import type { DoctorReport } from '../doctor/check';
import { judgeFacts } from '../doctor/judge';
import type { LocalFacts } from '../doctor/look-here';
import { type CommonFlags, executeCommand, executeLocally } from '../execute';
import { exitCodeOfDoctor } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { parseHostId } from '../options/target';
import { renderDoctor } from '../render/doctor';
import type { AddCommand } from './command';

type DoctorFlags = CommonFlags & { local?: boolean; host?: string };

/** Loaded when it is needed: it brings the containment levels along. */
async function lookHere(host: string | undefined): Promise<LocalFacts> {
  return (await import('../doctor/look-here.js')).lookHere(host);
}

export const addDoctor: AddCommand = (program, context, exit) => {
  const command = program
    .command('doctor')
    .description('Check the server, every worker and this host for anything that lets a process outlive its activity')
    .option('--local', 'check only this host; needs no server')
    .option(
      '--host <id>',
      "this host's id, if its workers set the option hostId (default: TEMPORAL_REAPER_HOST_ID, or the plugin's default)",
      parseHostId,
    );
  addOutputOptions(command);
  addConnectionOptions(command).action(async ({ local, host, ...flags }: DoctorFlags) => {
    const outcome = { render: renderDoctor, exitCodeOf: exitCodeOfDoctor };
    const ask = async (): Promise<DoctorReport> => judgeFacts({ version: reaperVersion, here: await lookHere(host) });
    if (local) return exit(await executeLocally(context, flags, { ...outcome, ask }));
    exit(
      await executeCommand(context, flags, {
        ...outcome,
        waiting: 'Asking the server and the hosts',
        goesOn: 'The doctor changes nothing.',
        ask: async (connected) =>
          judgeFacts({ version: reaperVersion, server: await connected.examine(), here: await lookHere(host) }),
      }),
    );
  });
};
