import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scene, dead, endOf } from '../../fixtures/plugin/scene';
import { ALERTS_FILE, alertRules, panelQueries } from '../../docs/observability';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { freePort } from '../../helpers/scrape';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(180_000);

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

let scene: Scene;
let prometheus: ChildProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), 'reaper-prometheus-'));
afterAll(async () => {
  if (prometheus?.exitCode === null) {
    const exit = once(prometheus, 'exit');
    prometheus.kill('SIGKILL');
    await exit;
  }
  rmSync(folder, { recursive: true, force: true });
  await scene?.end();
});

/** Starts a Prometheus that scrapes the worker and evaluates our alerts every second; returns its API. */
async function startPrometheus(target: string): Promise<(path: string) => Promise<unknown>> {
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [ALERTS_FILE],
    scrape_configs: [{ job_name: 'worker', static_configs: [{ targets: [target] }] }],
  };
  const file = join(folder, 'prometheus.json');
  writeFileSync(file, JSON.stringify(config)); // JSON is YAML
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`];
  prometheus = spawn('prometheus', flags, { stdio: 'ignore' });
  await waitUntil('Prometheus is ready', async () => {
    return (await fetch(`http://${address}/-/ready`).catch(() => undefined))?.ok === true;
  });
  return async (path) => {
    const { status, data, error } = (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as {
      status: string;
      data: unknown;
      error?: string;
    };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  };
}

interface RuleState {
  name: string;
  state: string;
  health: string;
}

(hasPrometheus ? test : test.skip)(
  'a real Prometheus scrapes a worker: every query of the dashboard has an answer, and the alerts work (needs prometheus)',
  async () => {
    scene = await Scene.open('prometheus');
    const target = `127.0.0.1:${await freePort()}`;
    const plugin = { hostId: scene.hostId, containment: 'scan' as const };
    const worker = await scene.worker({ prometheus: target, plugin });
    const api = await startPrometheus(target);
    const ask = async (query: string): Promise<{ value: [number, string] }[]> => {
      const { result } = (await api(`query?query=${encodeURIComponent(query)}`)) as {
        result: { value: [number, string] }[];
      };
      return result;
    };

    const program = scene.program('forks-children');
    const handle = await scene.start(worker.taskQueue, 'runAll', [
      program.step({ options: { retry: { maximumAttempts: 1 } } }),
    ]);
    const processes = await program.started();
    await waitUntil(
      'Prometheus knows as many processes as the kernel',
      async () => {
        const [sum] = await ask('sum(temporal_reaper_processes{activity_type="run"})');
        return Number(sum?.value[1]) === processesWithArgument(program.dir).length;
      },
      { timeoutMs: 90_000 },
    );
    await handle.cancel();
    expect(await endOf(handle)).toBe('CANCELLED');
    await dead(processes);
    await waitUntil('Prometheus knows of the kill, twice', async () => {
      const [count] = await ask('count_over_time(temporal_reaper_kills[1m])');
      return Number(count?.value[1]) >= 2;
    });

    const empty = [];
    for (const { title, query } of panelQueries()) {
      const filled = query.replaceAll(/\$(namespace|instance)/g, '.*').replaceAll('$__rate_interval', '1m');
      if ((await ask(filled)).length === 0) empty.push(title);
    }
    // No worker has died here.
    expect(empty).toEqual(['Guardian kills', 'Guardian kills by result']);

    const rules = async (): Promise<RuleState[]> => {
      const { groups } = (await api('rules')) as { groups: { rules: RuleState[] }[] };
      return groups.flatMap((group) => group.rules);
    };
    const states = async (): Promise<Record<string, string>> =>
      Object.fromEntries((await rules()).map(({ name, state }) => [name, state]));
    await waitUntil('an alert fires', async () => (await states()).TemporalReaperKillAtLowLevel === 'firing');
    expect(await states()).toEqual({
      TemporalReaperSurvivors: 'inactive',
      TemporalReaperKillAtLowLevel: 'firing',
      TemporalReaperGuardianKill: 'inactive',
      TemporalReaperLowLevel: 'pending',
    });
    expect((await rules()).map(({ name }) => name)).toEqual(alertRules().map(({ alert }) => alert));
    expect((await rules()).filter(({ health }) => health !== 'ok')).toEqual([]);
  },
);
