import pc from 'picocolors';
import type { CancelPreview, PreviewedActivity } from '../../../src/client';
import { EXIT_CODE, exitCodeOfPreview } from '../../../src/cli/exit-codes';
import { renderPreview } from '../../../src/cli/render/preview';
import { cancelPreview } from './outcomes';

const [build] = cancelPreview().activities;
const other = (more: Partial<PreviewedActivity>): Partial<CancelPreview> => {
  const attempt = { ...build.attempt, activityId: 'ship' };
  return { activities: [build, { ...build, attempt, processes: [], ...more }] };
};

const render = (more: Partial<CancelPreview> = {}): string =>
  renderPreview(cancelPreview(more), pc.createColors(false));

test('one line per process, with pid and name, which cannot move the cursor', () => {
  const [headline, , head, first, second] = render().split('\n');
  expect(headline).toBe(
    'Would cancel workflow order-42 (run run-1): 1 activity, 2 processes. Nothing was killed or cancelled.',
  );
  expect(head).toMatch(/^HOST +WORKER +ACTIVITY +ATTEMPT +PID +PPID +NAME$/);
  expect(first).toMatch(/^host-a +10 +build \(buildImage\) +2 +101 +10 +sh$/);
  expect(second).toMatch(/ 102 +101 +evil\?\[2J$/);
});

const cases: [string, Partial<CancelPreview>, RegExp, number][] = [
  ['nothing to kill', { activities: [] }, /0 activities, 0 processes/, EXIT_CODE.done],
  ['an activity without processes', other({}), /build.* 10 +sh\n.*evil.*\n.* 2 +- +- +-$/s, EXIT_CODE.done],
  ['a waiting activity', other({ status: 'waiting' }), /\(waiting\)/, EXIT_CODE.done],
  ['an unguarded activity', other({ status: 'unguarded' }), /nothing of it dies: ship$/, EXIT_CODE.incomplete],
  [
    'a silent host',
    other({ status: 'unknown', message: 'timed out' }),
    /unknown processes of activity ship: timed out$/,
    EXIT_CODE.incomplete,
  ],
  ['a long list', other({ omitted: 7 }), /2 activities, 9 processes.*too long: 7 processes$/s, EXIT_CODE.incomplete],
  [
    'nobody to ask',
    { ...other({ status: 'unknown', message: 'no worker' }), degraded: 'no worker' },
    /no host could be asked for processes: no worker$/,
    EXIT_CODE.incomplete,
  ],
  ['children', { childIds: ['a', 'b'] }, /child workflows, which a cancel may reach too: a, b$/, EXIT_CODE.done],
  [
    'a workflow that chooses',
    { interceptor: 'unknown' },
    /spares activities that its cancel does not reach/,
    EXIT_CODE.done,
  ],
];

test.each(cases)('%s', (_what, more, text, exit) => {
  expect(render(more)).toMatch(text);
  expect(exitCodeOfPreview(cancelPreview(more))).toBe(exit);
});

test('one activity is killed whatever the workflow says', () => {
  expect(render({ activityId: 'build', interceptor: 'yes' })).not.toContain('spares');
});
