/** Builds docs/machines.md from the results. */
import { containers, units, workers } from './set-ups.mjs';

const HEAD = `# On other machines

Written by \`npm run test:machines\`, which runs a worker in each of these set-ups, with \`containment: 'auto'\`. It kills three
attempts: one with a plain child, one with a daemon (double fork, its own session), and one with a daemon whose environment
is also empty. *Left* lists the processes that are alive after the kill, found in \`/proc\` by command line. Then twenty
orphans exit by themselves, and *zombies* counts those that neither the worker nor PID 1 reaps within ten seconds. The
reasons come from the doctor.
`;

/** The doctor's text without what has its own column. */
function reason(doctor) {
  return doctor.replace(/^.* gets .*?(; no higher level: |$)/, '').replace(/^cgroup: /, '') || '-';
}

function cell(text) {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function left(kills) {
  const names = { child: 'the child', daemon: 'the daemon', hidden: 'the daemon with an empty environment' };
  const alive = Object.entries(kills).filter(([, { survivors }]) => survivors > 0);
  return alive.length > 0 ? `**${alive.map(([name]) => names[name]).join(', ')}**` : '-';
}

function rowOf({ name, how, ...says }) {
  const with_ = how ? `\`${how}\`` : '';
  if (says.error) {
    const why =
      says.error
        .trim()
        .split('\n')
        .find((line) => /error|cannot|not |unknown/i.test(line)) ?? says.error;
    return [
      name,
      with_,
      `does not run: ${why
        .trim()
        .replace(/:$/, '')
        .replace(/^.*runc create failed: /, '')}`,
      '',
      '',
      '',
      '',
    ];
  }
  const proofs = [...new Set(Object.values(says.kills).map(({ proof }) => `\`${proof}\``))].join(', ');
  const who = `${says.user === 0 ? 'root' : says.user}${says.isInit ? ', PID 1' : ''}`;
  const broken = says.exitCode === 7 ? '' : `, **exit code lost (${says.exitCode})**`;
  return [
    name,
    with_,
    `\`${says.level}\``,
    reason(says.doctor),
    `${who}`,
    proofs,
    left(says.kills),
    `${says.zombies.length}${broken}`,
  ];
}

/** In the order of the set-ups, whenever they were tried. */
function ordered(rows, setUps) {
  return setUps.flatMap(({ name }) => rows.filter((row) => row.name === name));
}

function lined(lines) {
  return lines.map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function table(rows) {
  const head = ['set-up', 'with', 'level', 'why no higher one', 'the worker is', '`proof`', 'left', 'zombies'];
  return lined([head, head.map(() => '---'), ...rows.map(rowOf).map((cells) => head.map((_, i) => cells[i] ?? ''))]);
}

function section(title, { about, date, rows }, setUps) {
  const tried = rows.find(({ kernel }) => kernel);
  return `## ${title}

${about}; Linux ${tried?.kernel ?? 'unknown'}, Node ${tried?.node ?? 'unknown'}; ${date}.

${table(ordered(rows, setUps))}
`;
}

function workersSection({ about, date, rows }) {
  const head = ['set-up', 'with', 'left by a cancel of the workflow', 'left by SIGKILL to the worker'];
  const cells = ordered(rows, workers).map(({ name, how, error, cancel, crash }) =>
    error ? [name, `\`${how}\``, `does not run: ${error}`, ''] : [name, `\`${how}\``, cancel, crash],
  );
  return `## A worker on a server, in containers on the machine that the script was run on

An activity starts a child, a daemon, and a daemon with an empty environment; what is alive 15 s after the ending counts as left.
A container ends with its worker, with or without an init, and the kernel kills what is left in it. ${about}; ${date}.

${lined([head, head.map(() => '---'), ...cells])}
`;
}

export function pageOf({ docker, systemd, vmDocker, workers: onServer }) {
  return [
    HEAD,
    section('Units of systemd, in a virtual machine', systemd, units),
    section('Containers, in the same machine', vmDocker, containers),
    section('Containers on the machine that the script was run on', docker, containers),
    workersSection(onServer),
  ].join('\n');
}
