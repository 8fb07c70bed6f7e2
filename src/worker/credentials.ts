import { NativeConnection } from '@temporalio/worker';

/** Credentials that the user has set on a connection since it was made; undefined: not set. */
export interface ConnectionCredentials {
  apiKey?: string;
  metadata?: Record<string, string>;
}

/** Uses a connection's credentials and needs every change to them. */
export interface CredentialsUser {
  setCredentials(credentials: ConnectionCredentials): void;
}

interface Known {
  latest: ConnectionCredentials;
  users: Set<CredentialsUser>;
}

// Stored on the connection, so that several copies of this package share the state.
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

function changed(connection: Watched, change: ConnectionCredentials): void {
  const { latest, users } = knownOf(connection);
  Object.assign(latest, change);
  for (const user of users) user.setCredentials(change);
}

/**
 * From now on, records every API key and all metadata set on any connection. The SDK does not reveal what a connection
 * sends, and no plugin hook sees the connection before its first Worker.
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

/** The credentials set on the connection so far. */
export function credentialsOf(connection: NativeConnection): ConnectionCredentials {
  return knownOf(connection).latest;
}

/** @returns a function that stops the forwarding */
export function forwardCredentials(connection: NativeConnection, user: CredentialsUser): () => void {
  const { users } = knownOf(connection);
  users.add(user);
  return () => users.delete(user);
}
