import { NativeConnection } from '@temporalio/worker';

/** What the user has set on a connection since it was made; undefined: not set. */
export interface Credentials {
  apiKey?: string;
  metadata?: Record<string, string>;
}

/** One that uses a connection's credentials, and wants each change. */
export interface CredentialsUser {
  setCredentials(credentials: Credentials): void;
}

interface Known {
  latest: Credentials;
  users: Set<CredentialsUser>;
}

// On the connection, so that copies of this package see the same.
const KNOWN = Symbol.for('temporal-reaper.credentials');
const WATCHED = Symbol.for('temporal-reaper.credentials-watched');
type Setter<T extends (...args: never[]) => unknown> = (
  this: NativeConnection,
  ...args: Parameters<T>
) => Promise<void>;
type Watched = NativeConnection & { [KNOWN]?: Known };

function knownOf(connection: Watched): Known {
  return (connection[KNOWN] ??= { latest: {}, users: new Set() });
}

function changed(connection: Watched, change: Credentials): void {
  const { latest, users } = knownOf(connection);
  Object.assign(latest, change);
  for (const user of users) user.setCredentials(change);
}

/**
 * From here on every API key, and all metadata, that is set on any connection is known: the SDK does not tell what a
 * connection sends, and no hook of a plugin sees the connection before its first Worker.
 */
export function watchCredentials(): void {
  const prototype: typeof NativeConnection.prototype & { [WATCHED]?: true } = NativeConnection.prototype;
  if (prototype[WATCHED]) return;
  prototype[WATCHED] = true;
  const setApiKey = Reflect.get(prototype, 'setApiKey') as Setter<NativeConnection['setApiKey']>;
  const setMetadata = Reflect.get(prototype, 'setMetadata') as Setter<NativeConnection['setMetadata']>;
  prototype.setApiKey = async function (this: Watched, apiKey) {
    await setApiKey.call(this, apiKey);
    changed(this, { apiKey });
  };
  prototype.setMetadata = async function (this: Watched, metadata) {
    await setMetadata.call(this, metadata);
    changed(this, { metadata: metadata as Record<string, string> });
  };
}

/** What was set on it so far. */
export function credentialsOf(connection: NativeConnection): Credentials {
  return knownOf(connection).latest;
}

/** @returns ends it */
export function forwardCredentials(connection: NativeConnection, user: CredentialsUser): () => void {
  const { users } = knownOf(connection);
  users.add(user);
  return () => users.delete(user);
}
