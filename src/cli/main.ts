#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The build bundles the CLI; after a plain compile it is as many files as its source. */
const bundle = join(__dirname, 'start.bundle.js');
createRequire(__filename)(existsSync(bundle) ? bundle : './start');
