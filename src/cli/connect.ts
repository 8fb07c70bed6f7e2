import { existsSync } from 'node:fs';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { ClientConfigProfile } from '@temporalio/envconfig';
import { ReaperClient } from '../client';
import { callerIdentity } from './caller-identity';
import { examineServer } from '../client/examine';
import type { ConnectedClient } from './context';
import { loadEnvconfig, envconfigMissing, isConfigured } from './envconfig';
import type { ConnectionFlags } from './options/connection';
import { UsageError } from './usage-error';

type Envconfig = NonNullable<ReturnType<typeof loadEnvconfig>>;
interface Options {
  connection: ConnectionOptions;
  namespace?: string;
}

function loadProfile(
  { loadClientConfigProfile }: Envconfig,
  { configFile, profile }: ConnectionFlags,
): ClientConfigProfile {
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

/** Flags win over environment variables, and variables over the profile, as in the Temporal CLI. */
export function connectionOptions(flags: ConnectionFlags): Options {
  const sdk = loadEnvconfig();
  if (!sdk) return fromFlags(flags);
  const profile = loadProfile(sdk, flags);
  profile.address = flags.address ?? profile.address;
  profile.apiKey = flags.apiKey ?? profile.apiKey;
  if (flags.tls !== undefined) profile.tls = { ...profile.tls, disabled: !flags.tls };
  return { connection: toConnectionOptions(sdk, profile), namespace: flags.namespace ?? profile.namespace };
}

/** Without envconfig: refuses variables and profiles that set more than address and namespace. */
function fromFlags(flags: ConnectionFlags): Options {
  const { apiKey, tls = apiKey === undefined ? undefined : true, profile, configFile } = flags;
  if (profile !== undefined || configFile !== undefined) throw envconfigMissing();
  const isComplete = flags.address !== undefined && flags.namespace !== undefined;
  if (!isComplete && isConfigured(process.env)) throw envconfigMissing();
  const { address = process.env.TEMPORAL_ADDRESS, namespace = process.env.TEMPORAL_NAMESPACE } = flags;
  return { connection: { address, apiKey, tls }, namespace };
}

/** Reads the files that the profile names. */
function toConnectionOptions({ toClientOptions }: Envconfig, profile: ClientConfigProfile): ConnectionOptions {
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

/** Connects lazily: the first request shows whether the server is reachable. */
export function connectClient(flags: ConnectionFlags): ConnectedClient {
  const { connection: options, namespace } = connectionOptions(flags);
  const connection = openLazily(options);
  const client = new Client({ connection, namespace, identity: callerIdentity() });
  const reaper = new ReaperClient(client);
  return {
    reaper,
    namespace: client.options.namespace,
    examine: () => examineServer(client, reaper),
    close: () => connection.close(),
  };
}
