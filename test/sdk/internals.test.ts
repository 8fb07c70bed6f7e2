import { FIXTURES } from '../helpers/fixtures-folder';
import { NEEDED, foundInternals } from './internals';

test('what is leant on in the SDK is as it was', async () => {
  expect(await foundInternals(FIXTURES)).toEqual(NEEDED);
});
