/** Says, as JSON, whether a containment level is there for this Node and this user: `node probe.js <level>`. */
import type { ContainmentLevel } from '../../../src/contract/kill-report';
import { openContainment } from '../../../src/process/containment/containment';

async function main(): Promise<void> {
  try {
    // Some levels may have to try a kill before they know.
    const { level, proof } = await Promise.resolve(openContainment(process.argv[2] as ContainmentLevel));
    console.log(JSON.stringify({ level, proof }));
  } catch (error) {
    console.log(JSON.stringify({ why: (error as Error).message }));
  }
}

void main();
