import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient, connectionOptions } from '../../../src/cli/connect';
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
  expect(() => connectClient({ address: 'http://host' })).toThrow(UsageError);
});

test('a malformed file is bad usage', () => {
  writeFileSync(configFile, 'profile = [');
  expect(() => connectionOptions({ configFile })).toThrow(UsageError);
});

describe('without the package that reads variables and profiles', () => {
  beforeEach(() =>
    jest.doMock('@temporalio/envconfig', () => {
      throw Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' });
    }),
  );
  afterEach(() => jest.dontMock('@temporalio/envconfig'));
  const both = { address: 'flag:1', namespace: 'of-flag' };

  test('flags are enough', () => {
    expect(connectionOptions(both)).toMatchObject({ connection: { address: 'flag:1' }, namespace: 'of-flag' });
    expect(connectionOptions({ ...both, apiKey: 'key' }).connection).toMatchObject({ apiKey: 'key', tls: true });
    expect(connectionOptions({ ...both, apiKey: 'key', tls: false }).connection.tls).toBe(false);
  });

  test.each([
    ['a profile', { ...both, profile: 'prod' }],
    ['a file', { ...both, configFile: '/nowhere/temporal.toml' }],
  ])('%s: nothing is guessed, and the version to install is named', (_what, flags) => {
    expect(() => connectionOptions(flags)).toThrow(UsageError);
    expect(() => connectionOptions(flags)).toThrow(/npm install @temporalio\/envconfig@\d+\.\d+\.\d+;/);
  });

  describe('and nothing but address and namespace is set', () => {
    test('the defaults are those of the SDK, and both variables count', () => {
      expect(connectionOptions({})).toEqual({ connection: {}, namespace: undefined });
      process.env.TEMPORAL_ADDRESS = 'variable:1';
      process.env.TEMPORAL_NAMESPACE = 'of-variable';
      expect(connectionOptions({})).toEqual({ connection: { address: 'variable:1' }, namespace: 'of-variable' });
      expect(connectionOptions(both)).toMatchObject({ connection: { address: 'flag:1' }, namespace: 'of-flag' });
    });

    test('negative control: a key in a variable, or a file in its place, is not passed over', () => {
      process.env.TEMPORAL_API_KEY = 'key';
      expect(() => connectionOptions({})).toThrow(UsageError);
      delete process.env.TEMPORAL_API_KEY;
      mkdirSync(join(folder, 'temporalio'));
      writeFileSync(join(folder, 'temporalio', 'temporal.toml'), '');
      expect(() => connectionOptions({ address: 'flag:1' })).toThrow(UsageError);
    });
  });
});
