import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';

/** Where the compiled programs of the tests are; a project with another SDK has its own. */
export const FIXTURES = join(projectRoot(), 'dist/test/fixtures');
