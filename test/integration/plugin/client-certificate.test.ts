import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RotatesCertificate } from '../../fixtures/plugin/rotates-certificate';
import { Scene, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { certificateObstacle, makeCertificates } from '../../helpers/certificates';
import { testServerAddress } from '../../helpers/dev-server';
import { TlsProxy } from '../../helpers/tls-proxy';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(180_000);

let scene: Scene | undefined;
let proxy: TlsProxy | undefined;
let child: ChildProcess | undefined;
const dir = mkdtempSync(join(tmpdir(), 'reaper-certificates-'));
afterAll(async () => {
  child?.kill('SIGKILL');
  proxy?.stop();
  await scene?.end();
  rmSync(dir, { recursive: true, force: true });
});

const name = "another client certificate, on the user's next connection, is what the reaper shows too";

async function rotation(): Promise<void> {
  const { ca, of } = makeCertificates(dir, ['server', 'first', 'second']);
  proxy = await TlsProxy.start(testServerAddress(), ca, of.server);
  scene = await Scene.open('client-certificate');
  const workflows = await scene.worker({ extend: extension('workflow-only') });
  const taskQueue = scene.newId('certificates');
  const { first, second } = of;
  const { address } = proxy;
  const fixture: RotatesCertificate = { address, namespace: scene.namespace, taskQueue, ca, first, second };
  const program = join(__dirname, '../../../dist/test/fixtures/plugin/rotates-certificate.js');
  child = spawn(process.execPath, [program, JSON.stringify(fixture)], { env: { ...process.env, NODE_OPTIONS: '' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (text += data.toString()));
  const cancelOne = async (opened: Scene): Promise<void> => {
    const started = opened.program();
    const handle = await opened.start(workflows.taskQueue, 'runAll', [started.step({ taskQueue })]);
    const processes = await started.started();
    await handle.cancel();
    await dead(processes);
    expect(await endOf(handle)).toBe('CANCELLED');
  };
  const connectedAs = (...names: string[]): Promise<void> =>
    waitUntil(`${names.join(' and ')} are connected: ${text}`, () => proxy?.names.join() === names.join(), {
      timeoutMs: 45_000,
    });

  // The user's connection, and the reaper's.
  await connectedAs('first', 'first');
  await cancelOne(scene);
  child.stdin?.write('rotate\n');
  await connectedAs('second', 'second');
  await cancelOne(scene);
  expect(proxy.names).toEqual(['second', 'second']);
  const ended = once(child, 'exit');
  child.stdin?.write('stop\n');
  expect(await ended).toEqual([0, null]);
}

if (certificateObstacle === undefined) test(name, rotation);
else test.skip(`${name} (skipped: ${certificateObstacle})`, rotation);
