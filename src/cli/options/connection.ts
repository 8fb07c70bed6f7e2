import { type Command, Option } from 'commander';

/** Where to connect to; omitted values come from the environment and the profile. */
export interface ConnectionFlags {
  address?: string;
  namespace?: string;
  profile?: string;
  configFile?: string;
  apiKey?: string;
  /** Default: when the profile has TLS settings, or there is an API key. */
  tls?: boolean;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup('Connection (as the Temporal CLI; also TEMPORAL_* variables and temporal.toml):')
    .option('--address <host:port>', 'Temporal server (default: localhost:7233)')
    .option('-n, --namespace <name>', 'namespace (default: default)')
    .option('--profile <name>', 'profile in the configuration file')
    .option('--config-file <path>', 'configuration file')
    .option('--api-key <key>', 'API key; turns TLS on')
    .addOption(new Option('--tls', 'use TLS'))
    .addOption(new Option('--no-tls', 'do not use TLS'));
}
