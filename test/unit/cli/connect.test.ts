import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, connectionOptions } from '../../../src/cli/connect';
import { UsageError } from '../../../src/cli/usage-error';

const kept = { ...process.env };
let folder = '';
let configFile = '';

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  folder = mkdtempSync(join(tmpdir(), 'reaper-cli-'));
  process.env.XDG_CONFIG_HOME = folder; // no file of the user's
  configFile = join(folder, 'temporal.toml');
  writeFileSync(
    configFile,
    '[profile.default]\naddress = "default:1"\nnamespace = "of-default"\n[profile.prod]\naddress = "prod:1"\napi_key = "secret"\n',
  );
});
afterEach(() => {
  process.env = { ...kept };
  rmSync(folder, { recursive: true });
});

test('flags win over variables, those over the profile', () => {
  const profile = connectionOptions({ configFile });
  expect(profile).toMatchObject({ connection: { address: 'default:1' }, namespace: 'of-default' });
  process.env.TEMPORAL_ADDRESS = 'env:1';
  process.env.TEMPORAL_NAMESPACE = 'of-env';
  expect(connectionOptions({ configFile })).toMatchObject({ connection: { address: 'env:1' }, namespace: 'of-env' });
  const flags = { configFile, address: 'flag:1', namespace: 'of-flag' };
  expect(connectionOptions(flags)).toMatchObject({ connection: { address: 'flag:1' }, namespace: 'of-flag' });
});

test('without anything the SDK chooses', () => {
  const { connection, namespace } = connectionOptions({});
  expect([connection.address, connection.tls, namespace]).toEqual([undefined, undefined, undefined]);
});

test('an API key turns TLS on; --tls and --no-tls decide', () => {
  expect(connectionOptions({ configFile, profile: 'prod' }).connection).toMatchObject({ apiKey: 'secret', tls: true });
  expect(connectionOptions({ apiKey: 'key' }).connection).toMatchObject({ apiKey: 'key', tls: true });
  expect(connectionOptions({ tls: true }).connection.tls).toBeTruthy();
  expect(connectionOptions({ apiKey: 'key', tls: false }).connection.tls).toBe(false);
});

test.each([
  ['a missing file', { configFile: '/nowhere/temporal.toml' }],
  ['an unknown profile', { profile: 'nope' }],
])('%s is bad usage', (_what, flags) => {
  expect(() => connectionOptions(flags)).toThrow(UsageError);
});

test('a malformed address is bad usage', () => {
  expect(() => connect({ address: 'http://host' })).toThrow(UsageError);
});

test('a malformed file is bad usage', () => {
  writeFileSync(configFile, 'profile = [');
  expect(() => connectionOptions({ configFile })).toThrow(UsageError);
});
