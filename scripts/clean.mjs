/** Removes what the compiler wrote, its notes (dist/.tsbuildinfo) included. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
