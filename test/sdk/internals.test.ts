import { FIXTURES } from '../helpers/worker-process';
import { NEEDED, foundInternals } from './internals';

test('what is leant on in the SDK is as it was', async () => {
  expect(await foundInternals(FIXTURES)).toEqual(NEEDED);
});
