import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for several polls of each run, which the server answers after 20 s. */
const MEASURED_MS = 45_000;
/** The watch's requests; nothing else makes any during the measurement. The metrics name polls separately. */
const OPERATIONS = ['PollWorkflowExecutionHistory', 'GetWorkflowExecutionHistory', 'DescribeWorkflowExecution'];

/** How many requests the watch has made, as the server counts them. */
async function asked(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const counters = text.matchAll(/^service_requests\{([^}]*)\} (\S+)$/gm);
  return [...counters]
    .filter(([, labels]) => labels.includes('service_name="frontend"'))
    .filter(([, labels]) => OPERATIONS.some((operation) => labels.includes(`operation="${operation}"`)))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** The watch's requests per second. */
export async function requestsAtRest(metricsPort: number): Promise<number> {
  const [before, begin] = [await asked(metricsPort), performance.now()];
  await sleep(MEASURED_MS);
  const count = (await asked(metricsPort)) - before;
  return count / ((performance.now() - begin) / 1000);
}
