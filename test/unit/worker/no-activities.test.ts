import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import { LOCATE_LOCAL_ACTIVITY } from '../../../src/contract/names';
import { warnOfNoActivities } from '../../../src/worker/no-activities';

const said: { message: string; meta?: unknown }[] = [];
beforeAll(() => Runtime.install({ logger: new DefaultLogger('WARN', (entry) => said.push(entry)) }));
afterAll(() => Runtime.instance().shutdown());

function run(names: string[]): typeof said {
  said.length = 0;
  const activities = new Map(names.map((name) => [name, async () => undefined]));
  warnOfNoActivities({ options: { activities, taskQueue: 'q' } } as unknown as Worker);
  return said;
}

test('a Worker whose only activity is ours hears what the SDK would say', () => {
  expect(run([LOCATE_LOCAL_ACTIVITY])).toMatchObject([
    {
      message: 'No activities registered, not polling for activity tasks',
      meta: { sdkComponent: 'worker', taskQueue: 'q' },
    },
  ]);
});

test('one with activities, or with none that the SDK speaks of itself, hears nothing', () => {
  expect(run([LOCATE_LOCAL_ACTIVITY, 'own'])).toEqual([]);
  expect(run([])).toEqual([]);
});
