import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: unknown;
  init?: boolean;
  user?: string;
  privileged?: boolean;
  healthcheck?: unknown;
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  ports?: string[];
  profiles?: string[];
  configs?: { source: string; target: string }[];
}

interface Compose {
  services: Record<string, Service>;
  configs: Record<string, { content?: string; file?: string }>;
}

const root = join(__dirname, '..', '..');
const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

function readCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

/** The schema of the compose specification, as the compose linter ships it. */
function composeSchema(): ValidateFunction {
  const folder = dirname(require.resolve('dclint/package.json'));
  const schema = JSON.parse(readFileSync(join(folder, 'schemas', 'compose.schema.json'), 'utf8')) as {
    $schema?: string;
  };
  const ajv = new Ajv({ strict: false, allErrors: true, allowUnionTypes: true });
  // It names draft 7 by an address ajv does not know. Without one, ajv takes it for draft 7.
  delete schema.$schema;
  return ajv.compile(schema);
}

const { services, configs } = readCompose(composeText);
const workers = Object.entries(services).filter(([, service]) => service.build !== undefined);

/** Of an image or of a `FROM` line: a version must be there, and must be one that stays. */
function isPinned(image: string): boolean {
  return /^[\w./-]+:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image);
}

describe('docker-compose.yml', () => {
  const validate = composeSchema();

  test('is what the compose specification says', () => {
    validate(readCompose(composeText));
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each([
    ['an unknown key of a service', 'image: postgres', 'imgae: postgres'],
    ['a health check of the wrong type', 'retries: 60', 'retries: [60]'],
    ['an init that is no flag', 'init: true', 'init: [tini]'],
    ['an unknown condition', 'condition: service_healthy', 'condition: service_happy'],
  ])('and the schema refuses %s', (_what, good, bad) => {
    expect(composeText).toContain(good);
    expect(validate(readCompose(composeText.replace(good, bad)))).toBe(false);
  });

  test('pins every image', () => {
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    expect(images.length).toBeGreaterThan(0);
    expect(images.filter((image) => !isPinned(image))).toEqual([]);
  });

  test('waits for health or for an end, never for a mere start', () => {
    const waits = Object.entries(services).flatMap(([name, { depends_on = {} }]) =>
      Object.entries(depends_on).map(([on, { condition }]) => ({ name, on, condition })),
    );
    expect(waits.length).toBeGreaterThan(0);
    for (const { on, condition } of waits) {
      expect(['service_healthy', 'service_completed_successfully']).toContain(condition);
      if (condition === 'service_healthy') expect(services[on].healthcheck).toBeDefined();
      else expect(services).toHaveProperty(on);
    }
  });

  test('publishes no port beyond this machine', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('runs two workers as hosts of their own, each under an init, without privileges', () => {
    expect(workers.map(([name]) => name)).toEqual(['host-a', 'host-b']);
    for (const [name, { init, user, privileged, environment, depends_on }] of workers) {
      expect({ init, user, privileged }).toEqual({ init: true, user: undefined, privileged: undefined });
      expect(environment?.REAPER_HOST_ID).toBe(name);
      expect(environment?.TEMPORAL_ADDRESS).toBe('temporal:7233');
      expect(depends_on?.temporal.condition).toBe('service_healthy');
    }
  });
});

describe('its profile observability', () => {
  test('has Prometheus and Grafana, and nothing else needs it', () => {
    const inProfile = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    expect(inProfile.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
    for (const [, { profiles }] of inProfile) expect(profiles).toEqual(['observability']);
    const needed = Object.values(services).flatMap(({ profiles, depends_on = {} }) =>
      profiles ? [] : Object.keys(depends_on),
    );
    expect(needed).not.toContain('prometheus');
  });

  test('reads both processes of every worker, and the alerts', () => {
    const { scrape_configs: scrapes, rule_files: rules } = parse(configs.prometheus.content as string) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      rule_files: string[];
    };
    const ports = workers.map(([name, { environment }]) => ({ name, port: Number(environment?.DEMO_METRICS_PORT) }));
    const expected = ports.flatMap(({ name, port }) => [`${name}:${port}`, `${name}:${port + 1}`]);
    expect(scrapes.flatMap((each) => each.static_configs.flatMap(({ targets }) => targets))).toEqual(expected);
    const targets = services.prometheus.configs?.map(({ target }) => target);
    for (const rule of rules) expect(targets).toContain(`/etc/prometheus/${rule}`);
  });

  test('mounts only files that are there, and all of them', () => {
    const used = Object.values(services).flatMap((service) => service.configs ?? []);
    expect(new Set(used.map(({ source }) => source))).toEqual(new Set(Object.keys(configs)));
    const files = Object.values(configs).flatMap(({ file }) => file ?? []);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const lines = dockerfile.split('\n');
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM ') + 1).split('\n');

  test('pins its base images, and builds in another stage than it runs', () => {
    const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
    expect(bases.length).toBeGreaterThan(1);
    expect(bases.filter((base) => !isPinned(base))).toEqual([]);
  });

  test('runs as a normal user, without a shell between', () => {
    const users = lastStage.filter((line) => line.startsWith('USER '));
    expect(users).toEqual(['USER node']);
    expect(lastStage.at(-2)).toBe('CMD ["node", "dist/demo/worker.js"]');
  });
});

test.each([
  ['postgres:16.10-alpine', true],
  ['prom/prometheus:v3.5.0', true],
  ['postgres:latest', false],
  ['postgres', false],
  ['temporalio/server:${VERSION}', false],
])('%s is pinned: %s', (image, pinned) => expect(isPinned(image)).toBe(pinned));
