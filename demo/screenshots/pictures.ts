import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../dev/dev-server';
import { requestWorkflowId } from '../../src/contract/request-ids';
import type { Demo } from '../demo';
import type { Browser } from './browser';

/** What a picture shows: the page without the menu on the left and the bar at the top. */
const CLIP = { x: 256, y: 48, width: 1200 };

interface Picture {
  file: string;
  /** Path in the UI, below the namespace. */
  path: string;
  height: number;
  /** The page is there when it shows all of these texts. */
  shows: string[];
}

/** Path of a workflow's page. The ids of our own workflows contain slashes. */
async function pageOf(demo: Demo, workflowId: string, tab: string): Promise<string> {
  const { runId } = await demo.client!.workflow.getHandle(workflowId).describe();
  return `workflows/${encodeURIComponent(workflowId)}/${runId}/${tab}`;
}

async function picturesOf(demo: Demo, { plain, reported }: CancelledRuns): Promise<Picture[]> {
  const { runId } = await demo.client!.workflow.getHandle(reported).describe();
  const cancellation = requestWorkflowId.cancelWorkflow({ workflowId: reported, runId });
  return [
    {
      file: 'cancelled-run',
      path: await pageOf(demo, plain, 'timeline'),
      height: 850,
      shows: ['temporalReaperLocate', 'kill • compile'],
    },
    {
      file: 'cancellation-details',
      path: await pageOf(demo, cancellation, 'user-metadata'),
      height: 740,
      shows: ['Asked by', 'host-a', 'host-b'],
    },
    {
      file: 'cancellation-timeline',
      path: await pageOf(demo, cancellation, 'timeline'),
      height: 1015,
      shows: ['requestCancel', 'collect • kill reports of host-a'],
    },
  ];
}

/** Frames are looked into: the UI renders Markdown in one. */
function contains(text: string): string {
  const frames = `[...document.querySelectorAll('iframe')].map((frame) => frame.contentDocument)`;
  return `[document, ...${frames}].some((one) => one?.body?.textContent.includes(${JSON.stringify(text)}))`;
}

/** Takes pictures until the page has stopped changing. */
async function settled(browser: Browser, height: number): Promise<Buffer> {
  let last = await browser.screenshot({ ...CLIP, height });
  for (let tries = 0; tries < 40; tries++) {
    await sleep(250);
    const next = await browser.screenshot({ ...CLIP, height });
    if (next.equals(last)) return next;
    last = next;
  }
  throw new Error('The page does not stop changing');
}

/** At most 256 colours, if pngquant is installed: a third of the size. */
function shrink(png: Buffer): Buffer {
  const { status, stdout } = spawnSync('pngquant', ['--strip', '-'], { input: png, maxBuffer: 64 << 20 });
  return status === 0 ? stdout : png;
}

/** Runs of the demo's workflow, by how they were cancelled. */
export interface CancelledRuns {
  /** With `temporal workflow cancel`. */
  plain: string;
  /** With `temporal-reaper cancel`, by a cancellation workflow. */
  reported: string;
}

export async function takePictures(demo: Demo, browser: Browser, runs: CancelledRuns): Promise<void> {
  const folder = join(projectRoot(), 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  await browser.open();
  for (const { file, path, height, shows } of await picturesOf(demo, runs)) {
    await browser.resize(CLIP.x + CLIP.width, CLIP.y + height);
    await browser.goTo(`http://127.0.0.1:${demo.server!.uiPort}/namespaces/default/${path}`);
    for (const text of shows) await browser.until(`"${text}"`, contains(text));
    const png = shrink(await settled(browser, height));
    writeFileSync(join(folder, `${file}.png`), png);
    console.log(`docs/images/${file}.png: ${Math.ceil(png.length / 1000)} kB`);
  }
}
