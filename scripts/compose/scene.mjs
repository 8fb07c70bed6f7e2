/** What the checks do with the services and see of them. */
import { readFileSync } from 'node:fs';
import { run, until } from '../machines/bounded.mjs';
import { root } from '../paths.mjs';

/** As many processes as each activity of the demo has when it is fully running. */
const EXPECTED = { compile: 4, compress: 1, ignoreSigterm: 1, daemonise: 2, execSync: 3 };
const HTTP = 'fetch(process.argv[1]).then((r) => r.text()).then((text) => process.stdout.write(text))';

/** The state and the start time of a process, or undefined. */
function statusOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : { start: rest[18] };
  } catch {
    return undefined;
  }
}

function jobOf(pid) {
  try {
    return /(?:^|\0)DEMO_JOB=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8'))?.[1];
  } catch {
    return undefined; // it has ended meanwhile
  }
}

/** Those of them that still live. */
export function alive(processes) {
  return processes.filter(({ pid, start }) => statusOf(pid)?.start === start);
}

export class Scene {
  /** @param docker runs Docker's client with Compose @param inside the words that run a command where the ports are */
  constructor(docker, inside, cli) {
    Object.assign(this, { docker, inside, cli });
  }

  compose(...args) {
    return this.docker(['compose', ...args], { cwd: root, seconds: 900 });
  }

  /** Runs the Temporal CLI outside the containers, against the published port. */
  temporal(...args) {
    const [command, ...words] = this.inside;
    return run(command, [...words, this.cli, ...args, '--address=127.0.0.1:7233']);
  }

  /** The body of an answer on a published port. */
  http(port, path) {
    const [command, ...words] = this.inside;
    return run(command, [...words, process.execPath, '-e', HTTP, `http://127.0.0.1:${port}${path}`]);
  }

  prometheus(path) {
    return JSON.parse(this.http(9090, `/api/v1/${path}`)).data;
  }

  inspect(service) {
    const [id] = this.docker(['ps', '-aq', `--filter=label=com.docker.compose.service=${service}`]).split('\n');
    return id ? JSON.parse(this.docker(['inspect', id]))[0] : undefined;
  }

  isRunning(id) {
    return JSON.parse(this.docker(['inspect', id]))[0].State.Running;
  }

  status(workflowId) {
    const { workflowExecutionInfo } = JSON.parse(this.temporal('workflow', 'describe', '-w', workflowId, '-o', 'json'));
    return workflowExecutionInfo.status.replace('WORKFLOW_EXECUTION_STATUS_', '');
  }

  /** The processes of containers, by the host's process ids. */
  processes(...containers) {
    return containers.flatMap((container) =>
      this.docker(['top', container, '-eo', 'pid,args'])
        .split('\n')
        .flatMap((line) => {
          const [, pid, args] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
          const status = pid && statusOf(pid);
          return status ? [{ container, pid: Number(pid), args, job: jobOf(pid), ...status }] : [];
        }),
    );
  }

  /** Starts the demo's workflow. @returns its activities' processes, when all are there */
  async work(workflowId, containers, input) {
    const given = input ? ['--input', JSON.stringify(input)] : [];
    this.temporal('workflow', 'start', '--type=buildAndPack', '--task-queue=demo', '-w', workflowId, ...given);
    return until(
      `the activities of ${workflowId} have their processes`,
      () => {
        const jobs = this.processes(...containers).filter(({ job }) => job !== undefined);
        const isThere = ([job, count]) => jobs.filter((each) => each.job === job).length >= count;
        return Object.entries(EXPECTED).every(isThere) && jobs;
      },
      90,
    );
  }
}
