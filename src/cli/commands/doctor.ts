import { version } from '../../process/package-version';
import type { DoctorReport } from '../doctor/check';
import { judge } from '../doctor/judge';
import { lookHere } from '../doctor/look-here';
import { type CommonFlags, execute, executeLocally } from '../execute';
import { exitCodeOfDoctor } from '../exit-codes';
import { addConnectionOptions } from '../options/connection';
import { addOutputOptions } from '../options/output';
import { parseHostId } from '../options/target';
import { renderDoctor } from '../render/doctor';
import type { AddCommand } from './command';

type DoctorFlags = CommonFlags & { local?: boolean; host?: string };

export const addDoctor: AddCommand = (program, context, exit) => {
  const command = program
    .command('doctor')
    .description('Check that nothing could outlive its activity: the server, every worker, this host')
    .option('--local', 'only this host; needs no server')
    .option(
      '--host <id>',
      "this host's id, when its workers have the option hostId (default: the plugin's)",
      parseHostId,
    );
  addOutputOptions(command);
  addConnectionOptions(command).action(async ({ local, host, ...flags }: DoctorFlags) => {
    const outcome = { render: renderDoctor, exitCodeOf: exitCodeOfDoctor };
    const ask = async (): Promise<DoctorReport> => judge({ version, here: await lookHere(host) });
    if (local) return exit(await executeLocally(context, flags, { ...outcome, ask }));
    exit(
      await execute(context, flags, {
        ...outcome,
        waiting: 'Asking the server and the hosts',
        goesOn: 'Nothing is changed by a look.',
        ask: async (connected) => judge({ version, server: await connected.examine(), here: await lookHere(host) }),
      }),
    );
  });
};
