import { readProcFile } from './proc-file';

/** The key of the page size among the values that the kernel gives a program at its start, see getauxval(3). */
const AT_PAGESZ = 6n;

let known: { bytes: number | undefined } | undefined;

/** Bytes in a page of memory, which differs between kernels for arm64; undefined when the kernel does not tell. */
export function pageBytes(): number | undefined {
  known ??= { bytes: readPageBytes() };
  return known.bytes;
}

function readPageBytes(): number | undefined {
  const block = readProcFile('/proc/self/auxv');
  if (!block || block.length % 16 !== 0) return undefined; // pairs of 64 bits, except on 32-bit systems
  const pairs = new BigUint64Array(new Uint8Array(block).buffer);
  const at = pairs.findIndex((key, index) => index % 2 === 0 && key === AT_PAGESZ);
  return at === -1 ? undefined : Number(pairs[at + 1]);
}
