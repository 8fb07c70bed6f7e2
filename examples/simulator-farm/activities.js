import { execa } from 'execa';
import { onKill } from 'temporal-reaper';
import { takeLicence } from './licences.js';

export async function simulate(design) {
  const giveBack = await takeLicence(design);
  onKill(giveBack); // the attempt does not end before that is done
  try {
    await execa('sh', ['simulate.sh', design], { stdout: 'inherit' });
  } finally {
    await giveBack();
  }
}
