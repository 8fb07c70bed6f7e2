/** Removes the compiler's output, including its notes (dist/.tsbuildinfo). */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
