import type { ListOutcome } from '../contract/outcomes';

/** The list with only the attempts of one workflow. What an answer had to leave out is still counted, of every workflow. */
export function onlyWorkflow(outcome: ListOutcome, workflowId: string | undefined): ListOutcome {
  if (workflowId === undefined) return outcome;
  const hosts = outcome.hosts.map((host) => {
    if (!host.result) return host;
    const attempts = host.result.attempts.filter(({ attempt }) => attempt.workflowId === workflowId);
    return { ...host, result: { ...host.result, attempts } };
  });
  return { ...outcome, hosts };
}
