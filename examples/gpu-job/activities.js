import { activityInfo, ApplicationFailure, heartbeat } from '@temporalio/activity';
import { execa } from 'execa';

const BUSY = 75;

export async function train() {
  // The lock is the job's: the kernel frees it when the last process that has it is dead.
  const lock = ['--nonblock', '--conflict-exit-code', `${BUSY}`, 'gpu0.lock'];
  const job = execa('flock', [...lock, 'sh', 'train.sh', `${activityInfo().attempt}`], { reject: false });
  for await (const line of job) {
    console.log(line);
    heartbeat(line); // no line for the heartbeat timeout: it hangs
  }
  const { exitCode, signal } = await job;
  if (exitCode === BUSY) throw ApplicationFailure.nonRetryable('An earlier job still has the GPU');
  if (exitCode !== 0) throw new Error(`The training ended with ${exitCode ?? signal}`);
}
