import { mkdir, rm, writeFile } from 'node:fs/promises';

const SEATS = 3;

/** Takes a seat, which is a file that only one can create; returns what gives it back. Throws if all are taken. */
export async function takeLicence(who) {
  await mkdir('licences', { recursive: true });
  for (let seat = 1; seat <= SEATS; seat += 1) {
    const file = `licences/seat-${seat}`;
    try {
      await writeFile(file, who, { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      continue;
    }
    let back;
    // Once only: after that, the seat may be another's.
    return () => (back ??= rm(file));
  }
  throw new Error('All licences are taken');
}
