import { type Command, InvalidArgumentError } from 'commander';
import { ReaperError } from '../../contract/errors';
import { type EscalationOptions, FIRST_SIGNALS, type FirstSignal, resolveEscalation } from '../../contract/escalation';

export interface KillFlags extends EscalationFlags {
  reason?: string;
}

export interface EscalationFlags {
  signal?: FirstSignal;
  grace?: string;
  settle?: string;
}

function checked<K extends keyof EscalationOptions>(name: K, value: string): string {
  try {
    resolveEscalation({ [name]: value });
    return value;
  } catch (error) {
    if (error instanceof ReaperError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

/** `TERM` and `sigterm` mean SIGTERM. */
function parseSignal(value: string): string {
  const name = value.toUpperCase();
  return checked('signal', name.startsWith('SIG') ? name : `SIG${name}`);
}

function parseReason(value: string): string {
  if (value.trim() === '' || value.length > 1000) throw new InvalidArgumentError('Give 1 to 1000 characters.');
  return value;
}

/** Adds the options of every command that kills through Temporal. */
export function addKillOptions(command: Command): Command {
  return addEscalationOptions(command).option('--reason <text>', 'shown in the history and in logs', parseReason);
}

/** Adds the options of every command that kills. */
export function addEscalationOptions(command: Command): Command {
  return addFirstStepOptions(command).option(
    '--settle <duration>',
    "time from SIGKILL to the report of survivors (default: the worker's, 5s)",
    (value) => checked('settleMs', value),
  );
}

/** The same without the wait after SIGKILL. */
export function addFirstStepOptions(command: Command): Command {
  return command
    .optionsGroup('Kill:')
    .option(
      '--signal <name>',
      `first signal, one of ${FIRST_SIGNALS.join(', ')} (default: the worker's, SIGTERM)`,
      parseSignal,
    )
    .option('--grace <duration>', "time from the first signal to SIGKILL (default: the worker's, 25s)", (value) =>
      checked('graceMs', value),
    );
}

/** Undefined when no flag is given: the workers' own configuration applies then. */
export function escalationOf({ signal, grace, settle }: EscalationFlags): EscalationOptions | undefined {
  if (signal === undefined && grace === undefined && settle === undefined) return undefined;
  const escalation: EscalationOptions = {};
  if (signal !== undefined) escalation.signal = signal;
  // checked above: each is a duration
  if (grace !== undefined) escalation.graceMs = grace as EscalationOptions['graceMs'];
  if (settle !== undefined) escalation.settleMs = settle as EscalationOptions['settleMs'];
  return escalation;
}
