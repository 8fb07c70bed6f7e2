import { execFile, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const SCRIPT = resolve(__dirname, '../../dist/test/fixtures/subreaper/recycled.js');
const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];

/** Choosing the next number needs root, in a PID namespace that is not everybody's. */
const chooses = 'echo 200 > /proc/sys/kernel/ns_last_pid && sh -c "echo \\$\\$"';
const mayChoose =
  spawnSync('unshare', [...NAMESPACE, 'sh', '-c', chooses])
    .stdout?.toString()
    .trim() === '201';
const here = mayChoose ? test : test.skip;
const why = mayChoose ? '' : ' (skipped: we may not make a PID namespace and choose numbers in it)';

async function recycle(handles: 'with' | 'without'): Promise<unknown> {
  const args = [...NAMESPACE, process.execPath, SCRIPT, handles];
  const { stdout } = await promisify(execFile)('unshare', args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return JSON.parse(stdout);
}

here(`a number that is recycled between the check and the signal: its new owner is not hit${why}`, async () => {
  expect(await recycle('with')).toEqual({ isRecycled: true, sent: 'gone', isHit: false });
});

here(`negative control: without handles of processes it is${why}`, async () => {
  expect(await recycle('without')).toEqual({ isRecycled: true, sent: 'sent', isHit: true });
});
