/**
 * `npm run demo`: real work on two hosts, cancelled with the `temporal` command itself.
 *   (no option)  shows what became of every process; exit code 0 only if none is left
 *   --without    the same without temporal-reaper: shows what is left, and cleans up
 *   --picture    also draws docs/demo.svg
 *   --keep       leaves server, web UI and workers running until Ctrl-C, for you to try
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { projectRoot } from '../dev/dev-server';
import { Demo, WORK_MS } from './demo';
import { type Seen, witness } from './kernel';
import { renderFates, renderSeen, renderTimeline } from './render';
import { showAndExit } from './show-and-exit';
import { waitingLine } from './waiting-line';
import { timelineSvg } from './timeline-svg';

function count(seen: Seen[]): string {
  return `${seen.length} process${seen.length === 1 ? '' : 'es'}`;
}

/** Returns whether nothing is left. */
async function showWith(demo: Demo, workflowId: string, picture: boolean): Promise<boolean> {
  await demo.startWork(workflowId);
  demo.say('Letting them work for a while');
  await sleep(WORK_MS);
  const before = demo.jobs();
  console.log(`Workflow ${pc.bold(workflowId)}: 5 activities with ${count(before)}; none heartbeats, none kills\n`);
  await demo.cancel(workflowId);
  await demo.untilClosed(workflowId, 30_000);
  const left = demo.jobs();
  const story = await demo.story(workflowId);
  demo.say('');
  if (picture) writeFileSync(join(projectRoot(), 'docs', 'demo.svg'), timelineSvg(story));
  const alive = new Set(left.map(({ pid }) => pid));
  console.log(`${renderTimeline(story)}\n\n${renderFates(story, before, (pid) => alive.has(pid))}\n`);
  if (story.closedAt === undefined) console.log(pc.red(`The workflow is still ${story.status}.`));
  if (left.length === 0) console.log(`${pc.green('Nothing is left')}, says an independent look (${witness}).`);
  else console.log(`${pc.red(`${count(left)} left`)}, says an independent look (${witness}):\n${renderSeen(left)}`);
  return left.length === 0 && story.closedAt !== undefined;
}

/** The negative control: a demo that cannot fail would prove nothing. */
async function showWithout(demo: Demo, workflowId: string): Promise<boolean> {
  const before = await demo.startWork(workflowId);
  console.log(
    `Workflow ${pc.bold(workflowId)}: 5 activities with ${count(before)}, ${pc.bold('without temporal-reaper')}\n`,
  );
  await demo.cancel(workflowId);
  await demo.untilClosed(workflowId, 5_000);
  const afterCancel = demo.jobs();
  const { status } = await demo.story(workflowId);
  demo.say('Ending the workers');
  await demo.crashWorkers();
  await sleep(1_000);
  const afterCrash = demo.jobs();
  demo.say('');
  console.log(`  5 s after the cancel:     workflow ${status}, ${pc.red(`${count(afterCancel)} alive`)}`);
  console.log(`  1 s after a worker crash: ${pc.red(`${count(afterCrash)} alive`)}, nobody left to end them\n`);
  console.log(`${renderSeen(afterCrash)}\n`);
  return true;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const unknown = args.filter((arg) => !['--keep', '--without', '--picture'].includes(arg));
  if (unknown.length > 0 || args.length > 1) {
    console.error('Usage: npm run demo [-- --keep | --without | --picture]');
    process.exit(2);
  }
  const keep = args.includes('--keep');
  const plugin = !args.includes('--without');
  const say = await waitingLine();
  const demo = new Demo({ plugin, ui: keep }, say);
  await showAndExit(demo, async (untilInterrupted) => {
    await demo.start();
    const isClean = await (plugin ? showWith(demo, 'demo', args.includes('--picture')) : showWithout(demo, 'demo'));
    if (keep) {
      await demo.startWork('demo-by-hand');
      say('');
      demo.invite('demo-by-hand');
      await untilInterrupted();
    }
    return isClean ? 0 : 1;
  });
}

void main();
