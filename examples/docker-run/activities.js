import { activityInfo } from '@temporalio/activity';
import { execa } from 'execa';
import { onKill, untracked } from 'temporal-reaper';

/** With `--all` also one that is created but not started yet. */
async function removeContainers(label) {
  const find = ['ps', '--all', '--quiet', '--filter', `label=${label}`];
  const { stdout: ids } = await execa('docker', find, { lines: true });
  if (ids.length > 0) await execa('docker', ['rm', '--force', ...ids]);
}

export async function runContainer(image, command) {
  const { workflowExecution, activityId, attempt } = activityInfo();
  const label = `temporal-attempt=${workflowExecution.runId}/${activityId}/${attempt}`;
  const remove = () => removeContainers(label);
  onKill(remove); // the attempt does not end before that is done
  try {
    await execa('docker', ['run', '--rm', '--label', label, image, ...command], { stdout: 'inherit' });
  } finally {
    // The client may have failed, or it was killed while the daemon made the container. A kill would refuse a tracked start.
    await untracked(remove);
  }
}
