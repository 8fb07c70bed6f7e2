import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { packageVersion } from '../../../../src/process/package-version';
import { bundlePath, prebuiltWorkflows } from '../../../../src/reaper/serve/prebuilt-workflows';
import * as workflows from '../../../../src/workflows';

const installed = packageVersion(dirname(require.resolve('@temporalio/worker')));

test('the build has bundled all cancellation workflows for the SDK that is installed', () => {
  expect(prebuiltWorkflows()).toEqual({ codePath: bundlePath(installed) });
  const code = readFileSync(bundlePath(installed), 'utf8');
  for (const name of Object.keys(workflows)) expect(code).toContain(name);
});

test('for another version of the SDK there is none, not even a near one', () => {
  expect(prebuiltWorkflows('1.17.0')).toBeUndefined();
  expect(prebuiltWorkflows(`${installed}-rc.1`)).toBeUndefined();
});
