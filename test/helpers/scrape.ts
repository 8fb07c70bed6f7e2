import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** One line of a Prometheus endpoint. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Free a moment ago: the SDK takes no port 0, for it would tell nobody which one it got. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Parses Prometheus's text format, as far as Temporal's exporter uses it: no timestamps, nothing to unescape. */
export function parseSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`No sample of Prometheus: ${line}`);
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

/** Our own samples at an endpoint. */
export async function scrapeOwn(address: string): Promise<Sample[]> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  return parseSamples(text).filter(({ name }) => name.startsWith('temporal_reaper_'));
}

/** The sum of the samples of that name that have these labels; undefined without any. */
export function sumOf(samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
