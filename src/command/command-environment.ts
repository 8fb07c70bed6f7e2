import { ReaperError } from '../contract/errors';
import type { CheckedCommand } from './command-request';
import type { CommandPolicy } from './command-policy';

/** The environment of a command, and the values in it that its output must not show. */
export interface CommandEnvironment {
  variables: NodeJS.ProcessEnv;
  secrets: string[];
}

/**
 * Puts a command's environment together: what it inherits from the worker, the request's variables, and the secrets.
 *
 * @throws ReaperError `OPTION_INVALID` when there is no secret of a name, or it is no text; otherwise what the look-up of a secret throws
 */
export async function environmentOf(
  { env, inheritEnv, secrets = [] }: CheckedCommand,
  { secretOf = (name) => process.env[name] }: CommandPolicy,
): Promise<CommandEnvironment> {
  const inherited = inheritEnv?.map((name) => [name, process.env[name]] as const) ?? Object.entries(process.env);
  const values = await Promise.all(secrets.map(async (name) => [name, await secretOf(name)] as const));
  const missing = values.filter(([, value]) => typeof value !== 'string').map(([name]) => name);
  if (missing.length > 0) {
    throw new ReaperError('OPTION_INVALID', `runCommand: this worker has no secret "${missing.join('", "')}"`);
  }
  const variables = Object.fromEntries([...inherited, ...Object.entries(env ?? {}), ...values]);
  // A shell strips the newline that a secret's file ends with.
  return { variables, secrets: values.flatMap(([, value]) => [value as string, (value as string).trimEnd()]) };
}
