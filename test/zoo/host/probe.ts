/** Says, as JSON, whether a containment level is there for this Node and this user: `node probe.js <level>`. */
import type { ContainmentLevel } from '../../../src/contract/kill-report';
import { openForWorker } from '../../../src/process/containment/ladder';

async function main(): Promise<void> {
  try {
    const mark = { hostId: 'zoo-probe', workerPid: process.pid, workerStartTicks: '' };
    const containment = await openForWorker(process.argv[2] as ContainmentLevel, mark);
    console.log(JSON.stringify({ level: containment.level, proof: containment.proof }));
    containment.keeper?.stop();
  } catch (error) {
    console.log(JSON.stringify({ why: (error as Error).message }));
  }
}

void main();
