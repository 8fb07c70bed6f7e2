import { existsSync } from 'node:fs';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { type ClientConfigProfile, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { ReaperClient } from '../client';
import { examine } from '../client/examine';
import type { Connected } from './context';
import type { ConnectionFlags } from './options/connection';
import { UsageError } from './usage-error';

function loadProfile({ configFile, profile }: ConnectionFlags): ClientConfigProfile {
  if (configFile !== undefined && !existsSync(configFile)) {
    throw new UsageError(`--config-file: there is no "${configFile}"`);
  }
  try {
    return loadClientConfigProfile({
      profile,
      configSource: configFile === undefined ? undefined : { path: configFile },
    });
  } catch (error) {
    throw new UsageError(`Temporal's client configuration: ${(error as Error).message}`, { cause: error });
  }
}

/** Flags win over environment variables, those over the profile; the same order as the Temporal CLI's. */
export function connectionOptions(flags: ConnectionFlags): { connection: ConnectionOptions; namespace?: string } {
  const profile = loadProfile(flags);
  profile.address = flags.address ?? profile.address;
  profile.apiKey = flags.apiKey ?? profile.apiKey;
  if (flags.tls !== undefined) profile.tls = { ...profile.tls, disabled: !flags.tls };
  return { connection: toConnectionOptions(profile), namespace: flags.namespace ?? profile.namespace };
}

/** Reads the files that the profile names. */
function toConnectionOptions(profile: ClientConfigProfile): ConnectionOptions {
  try {
    return toClientOptions(profile).connectionOptions;
  } catch (error) {
    throw new UsageError(`TLS configuration: ${(error as Error).message}`, { cause: error });
  }
}

function openLazily(options: ConnectionOptions): Connection {
  try {
    return Connection.lazy(options);
  } catch (error) {
    throw new UsageError(`Address ${JSON.stringify(options.address)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Makes no call yet: the first request finds out whether the server is there. */
export function connect(flags: ConnectionFlags): Connected {
  const { connection: options, namespace } = connectionOptions(flags);
  const connection = openLazily(options);
  const client = new Client({ connection, namespace });
  const reaper = new ReaperClient(client);
  return {
    reaper,
    namespace: client.options.namespace,
    examine: () => examine(client, reaper),
    close: () => connection.close(),
  };
}
