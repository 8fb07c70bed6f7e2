import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Envconfig from '@temporalio/envconfig';
import { errorCode } from '../process/error-code';
import { packageVersion } from '../process/package-version';
import { UsageError } from './usage-error';

/**
 * Temporal's own reader of variables and profiles; undefined where it is not installed. Each of its versions depends on one
 * version of the SDK, so the user installs it: as our dependency it would bring a second copy of the SDK.
 */
export function loadEnvconfig(): typeof Envconfig | undefined {
  try {
    return module.require('@temporalio/envconfig') as typeof Envconfig;
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Settings that need envconfig: they are more than a plain string. */
const NEEDS_READING = /^TEMPORAL_(API_KEY|TLS|CODEC_|GRPC_META_|PROFILE|CONFIG_FILE)/;

/** Where Temporal's own reader looks for temporal.toml, by platform. */
function defaultFiles({ XDG_CONFIG_HOME, APPDATA }: NodeJS.ProcessEnv): string[] {
  const folders = {
    win32: APPDATA === undefined ? [] : [APPDATA],
    darwin: [join(homedir(), 'Library', 'Application Support')],
  }[process.platform as 'win32' | 'darwin'] ?? [XDG_CONFIG_HOME ?? join(homedir(), '.config')];
  return folders.map((folder) => join(folder, 'temporalio', 'temporal.toml'));
}

/** Whether variables or a file configure more than address and namespace, so that envconfig is needed. */
export function isConfigured(env: NodeJS.ProcessEnv): boolean {
  return (
    Object.keys(env).some((name) => NEEDS_READING.test(name)) || defaultFiles(env).some((file) => existsSync(file))
  );
}

/** The error for a command that needs envconfig. */
export function envconfigMissing(): UsageError {
  const version = packageVersion(dirname(require.resolve('@temporalio/client')));
  return new UsageError(
    `Your TEMPORAL_* variables, profile or temporal.toml are read by a package that is not installed: npm install @temporalio/envconfig@${version}; or use --address, --namespace, --api-key and --tls instead`,
  );
}
