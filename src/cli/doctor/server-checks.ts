import type { ServerFacts } from '../../client/examine';
import { count } from '../render/count';
import type { Check } from './check';

const CONTROL_REMEDY = 'Start a worker with ReaperPlugin and control: true (the default) in this namespace';
const PLUGIN_REMEDY = 'Start a worker with ReaperPlugin in this namespace';

/** The server and the namespace; what comes after a problem could not be asked. */
export function serverChecks({ address, namespace, version, problem, pushes }: ServerFacts): Check[] {
  const at = address === undefined ? '' : ` at ${address}`;
  const isNamespaceMissing = problem?.code === 'NAMESPACE_NOT_FOUND';
  if (problem && !isNamespaceMissing) {
    return [{ check: 'server', status: 'fail', code: problem.code, found: problem.message }];
  }
  const server: Check = { check: 'server', status: 'ok', found: `Temporal ${version || 'of unknown version'}${at}` };
  if (problem) {
    const { code, message } = problem;
    return [server, { check: 'namespace', status: 'fail', subject: namespace, code, found: message }];
  }
  return [
    server,
    { check: 'namespace', status: 'ok', subject: namespace, found: 'exists' },
    { check: 'server push', status: 'ok', found: pushes ? 'on' : 'off: it is used where it is on, and never needed' },
  ];
}

/** Whether somebody serves the cancellation workflows and their questions. */
export function controlChecks({ control }: ServerFacts): Check[] {
  if (!control) return [];
  const { workflow, activity } = control;
  const found = `${count(workflow.length, 'poller', 'pollers')} of workflows, ${activity.length} of activities`;
  const missing =
    activity.length === 0
      ? { remedy: PLUGIN_REMEDY, what: 'no worker runs temporal-reaper' }
      : { remedy: CONTROL_REMEDY, what: 'no single activity can be cancelled, and nothing listed' };
  if (workflow.length > 0 && activity.length > 0) return [{ check: 'control task queue', status: 'ok', found }];
  return [{ check: 'control task queue', status: 'fail', found: `${found}: ${missing.what}`, remedy: missing.remedy }];
}

/** Whether the host and worker task queues are polled. */
export function queueChecks({ queues }: ServerFacts): Check[] {
  const unserved = (queues ?? []).filter(({ pollers }) => pollers === 0);
  const served = (queues ?? []).length - unserved.length;
  const failures = unserved.map(({ taskQueue }): Check => ({
    check: 'task queues',
    status: 'fail',
    subject: taskQueue,
    found: 'nobody polls it: no kill gets there',
    remedy: 'Look at the log of that worker for "A task queue of the reaper is not served"',
  }));
  if (served === 0) return failures;
  const found = `${count(served, 'host or worker task queue', 'host and worker task queues')} polled`;
  return [{ check: 'task queues', status: 'ok', found }, ...failures];
}
