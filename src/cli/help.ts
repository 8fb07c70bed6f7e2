export const CLI_DESCRIPTION = `No process outlives its Temporal activity: list, kill and cancel.
Also runs as "temporal reaper" when the Temporal CLI finds it on PATH.`;

export const HELP_AFTER = `
Examples:
  $ temporal-reaper ps
  $ temporal-reaper ps --watch -w order-42
  $ temporal-reaper run --task-queue builds -- make all
  $ temporal-reaper cancel -w order-42 --reason "wrong input"
  $ temporal-reaper cancel -w order-42 -a build --grace 5s
  $ temporal-reaper cancel -w order-42 --dry-run
  $ temporal-reaper cancel --query "WorkflowType = 'build'" --yes
  $ temporal-reaper terminate -w order-42 --signal SIGKILL
  $ temporal-reaper kill-all --host build-1 --host build-2 --retry --yes
  $ temporal reaper hosts -o json
  $ temporal-reaper doctor

Output:
  -o json prints the outcome as one JSON document on stdout, ps --watch one a line. An error is one JSON document on
  stderr instead: {"error":{"code","message"}}. Bad usage is always reported as text.

Exit codes:
  0    done
  1    target not found or closed, or refused; doctor: a guarantee is not met
  2    bad usage
  3    the server is unreachable
  4    done, but something may still run: survivors, unreachable hosts, unguarded activities, a degraded cancel
  130  stopped waiting at the second Ctrl-C; the work continues on the server`;
