/** What must hold of docker-compose.yml, in order: each check leaves the services as the next one needs them. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { until } from '../machines/bounded.mjs';
import { alive } from './scene.mjs';

const HOSTS = ['host-a', 'host-b'];
const ids = (scene) => HOSTS.map((host) => scene.inspect(host).Id);
const count = (processes) => `${processes.length} processes`;
const seconds = (since) => `${((Date.now() - since) / 1_000).toFixed(1)} s`;

async function dead(processes, limit = 60) {
  await until(`${count(processes)} are dead`, () => alive(processes).length === 0, limit);
}

async function cancel(scene, workflowId, jobs) {
  const begin = Date.now();
  scene.temporal('workflow', 'cancel', '-w', workflowId);
  await dead(jobs);
  const took = seconds(begin);
  await until('the workflow is cancelled', () => scene.status(workflowId) === 'CANCELED');
  return took;
}

function terminate(scene, workflowId) {
  if (scene.status(workflowId) === 'RUNNING') scene.temporal('workflow', 'terminate', '-w', workflowId);
}

/** The containers, networks and volumes of the project. */
function objects(scene) {
  const filter = '--filter=label=com.docker.compose.project=temporal-reaper';
  const list = (...args) =>
    scene
      .docker([...args, '-q', filter])
      .split('\n')
      .filter(Boolean);
  return { containers: list('ps', '-a'), networks: list('network', 'ls'), volumes: list('volume', 'ls') };
}

async function comesUp(scene) {
  const begin = Date.now();
  scene.compose('up', '--build', '--detach');
  const state = (service) => scene.inspect(service).State;
  for (const service of ['schema', 'namespace']) assert.equal(state(service).ExitCode, 0, service);
  for (const service of ['postgres', 'temporal']) assert.equal(state(service).Health.Status, 'healthy', service);
  for (const service of ['ui', ...HOSTS]) assert.equal(state(service).Status, 'running', service);
  return `in ${seconds(begin)} with both builds`;
}

async function prometheusComesUp(scene) {
  scene.compose('up', '--detach', 'prometheus');
  await until('Prometheus is healthy', () => scene.inspect('prometheus').State.Health.Status === 'healthy');
  const targets = () => scene.prometheus('targets?state=active').activeTargets;
  await until('its targets are up', () => targets().filter(({ health }) => health === 'up').length === 4);
  const names = targets().map(({ labels }) => labels.instance);
  assert.deepEqual(names.sort(), ['host-a:9464', 'host-a:9465', 'host-b:9464', 'host-b:9465']);
  const rules = scene.prometheus('rules').groups.flatMap((group) => group.rules);
  await until('its rules are evaluated', () =>
    scene.prometheus('rules').groups.every((group) => group.rules.every(({ health }) => health === 'ok')),
  );
  return `4 targets up, ${rules.length} alert rules`;
}

function ports(scene) {
  const addresses = ['temporal', 'ui', 'prometheus'].flatMap((service) =>
    Object.values(scene.inspect(service).NetworkSettings.Ports).flatMap((bound) =>
      (bound ?? []).map((each) => each.HostIp),
    ),
  );
  assert.deepEqual(addresses, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  assert.match(scene.http(8233, '/'), /<html/);
  const { executions } = JSON.parse(scene.http(8233, '/api/v1/namespaces/default/workflows'));
  assert.ok(executions.some(({ execution }) => execution.workflowId === 'cancelled'));
  return 'the page, and through it the server';
}

async function cancelKills(scene) {
  const jobs = await scene.work('cancelled', ids(scene));
  await delay(3_000);
  // Those of a build end by themselves, and others take their place.
  const lasting = jobs.filter(({ job }) => job !== 'compile');
  const before = alive(lasting).length;
  assert.ok(before >= 6, 'control: they live until the cancel');
  const now = scene.processes(...ids(scene)).filter(({ job }) => job !== undefined);
  const took = await cancel(scene, 'cancelled', [...jobs, ...now]);
  assert.deepEqual(
    scene.processes(...ids(scene)).filter(({ job }) => job),
    [],
  );
  return `${count(now)} alive 3 s after their start, none ${took} after the cancel`;
}

async function metricsShowKills(scene) {
  // The five activities of the workflow before, by the process that has killed theirs.
  const expected = ['host-a:9464 dead 1', 'host-b:9464 dead 3', 'host-b:9465 dead 1'];
  const query = encodeURIComponent('sum by (instance, result) (temporal_reaper_kills)');
  const kills = () =>
    scene
      .prometheus(`query?query=${query}`)
      .result.map(({ metric, value }) => `${metric.instance} ${metric.result} ${value[1]}`)
      .sort();
  await until(`Prometheus says ${expected.join(', ')}`, () => isDeepStrictEqual(kills(), expected), 30);
  return expected.join(', ');
}

async function stops(scene) {
  const jobs = await scene.work('stopped', ids(scene));
  const facts = HOSTS.map((host) => {
    const own = jobs.filter(({ container }) => container === scene.inspect(host).Id);
    const begin = Date.now();
    scene.compose('stop', host);
    assert.equal(scene.inspect(host).State.ExitCode, 0, `${host} ends by itself, within its time`);
    assert.deepEqual(alive(own), []);
    return `${host} in ${seconds(begin)}`;
  });
  await dead(jobs);
  terminate(scene, 'stopped');
  return `exit code 0: ${facts.join(', ')}`;
}

async function leaksWithout(scene) {
  const settings = ['--env=DEMO_PLUGIN=off', '--env=REAPER_HOST_ID=host-c'];
  scene.compose('run', '--detach', '--no-deps', '--name=host-c', ...settings, 'host-a');
  const jobs = await scene.work('without', ['host-c'], { builder: 'host-c', packer: 'host-c' });
  scene.temporal('workflow', 'cancel', '-w', 'without');
  await delay(10_000);
  const left = scene.processes('host-c').filter(({ job }) => job !== undefined);
  scene.docker(['rm', '-f', 'host-c']);
  terminate(scene, 'without');
  assert.ok(left.length >= 11);
  await dead(jobs);
  return `${count(left)} alive 10 s after the cancel`;
}

async function crashes(scene) {
  scene.compose('up', '--detach');
  const jobs = await scene.work('crashed', ids(scene));
  const { Id: id, RestartCount: before } = scene.inspect('host-a');
  const own = jobs.filter(({ container }) => container === id);
  const workers = scene.processes(id).filter(({ args }) => args === 'node dist/demo/worker.js');
  assert.equal(workers.length, 1);
  process.kill(workers[0].pid, 'SIGKILL');
  await dead(own);
  await until('Docker starts it again', () => scene.inspect('host-a').RestartCount === before + 1);
  terminate(scene, 'crashed');
  await dead(jobs);
  const again = await scene.work('after-crash', ids(scene));
  return `started again; a cancel there kills in ${await cancel(scene, 'after-crash', again)}`;
}

async function killed(scene) {
  const jobs = await scene.work('killed', ids(scene));
  const { Id: id } = scene.inspect('host-a');
  scene.docker(['kill', id]);
  await dead(jobs.filter(({ container }) => container === id));
  await delay(3_000);
  // Docker takes a kill by hand for a stop by hand, which `on-failure` does not undo.
  const { State: state } = scene.inspect('host-a');
  assert.equal(`${state.Status} ${state.ExitCode}`, 'exited 137');
  terminate(scene, 'killed');
  await dead(jobs);
  return 'nothing left; it stays down, as Docker does with what is killed by hand';
}

async function comesUpAgain(scene) {
  scene.compose('--profile', 'observability', 'down');
  const { containers, networks, volumes } = objects(scene);
  assert.deepEqual([containers, networks, volumes.length], [[], [], 1]);
  scene.compose('up', '--detach');
  const begin = Date.now();
  const jobs = await scene.work('again', ids(scene));
  const took = seconds(begin);
  assert.doesNotMatch(scene.docker(['logs', scene.inspect('temporal').Id]), /Not enough hosts/);
  return `works ${took} after the start; ${await cancel(scene, 'again', jobs)} for a cancel`;
}

async function goesDown(scene) {
  const jobs = await scene.work('down', ids(scene));
  const all = scene.processes(...objects(scene).containers.filter((id) => scene.isRunning(id)));
  scene.compose('--profile', 'observability', 'down', '--volumes');
  assert.deepEqual(objects(scene), { containers: [], networks: [], volumes: [] });
  await dead([...jobs, ...all]);
  return `no container, network or volume; ${count(all)} before, none now`;
}

export const checks = [
  ['docker compose up brings everything up, from nothing', comesUp],
  ['Prometheus of the profile reads all workers', prometheusComesUp],
  ['temporal workflow cancel kills on both hosts', cancelKills],
  ['Prometheus shows the kills', metricsShowKills],
  ['the ports are on the loopback address; the UI answers', ports],
  ['docker compose stop leaves time for an orderly end', stops],
  ['control: without the plugin a cancel kills nothing', leaksWithout],
  ['a worker that dies takes its processes along, and comes back', crashes],
  ['docker kill leaves nothing', killed],
  ['after docker compose down, up goes on with the same database', comesUpAgain],
  ['docker compose down --volumes leaves nothing', goesDown],
];
