import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { ForkOptions } from 'node:child_process';
import { join } from 'node:path';
import { type ElusiveName, elusiveFixtures, type FixtureName, processFixtures } from '../fixtures/processes';
import { TestRun } from '../fixtures/processes/test-run';
import type { LabOptions } from '../fixtures/subreaper/lab';
import { LabProcess } from '../helpers/lab-process';
import { waitUntil } from '../helpers/wait-until';

export interface LabFixture {
  pidOf(role: string): number;
  beatFile(role: string): string;
}

/** Labs and what they start, for one test. */
export class SubreaperRun extends TestRun {
  private readonly labs: LabProcess[] = [];

  async lab(options: LabOptions, forkOptions: ForkOptions = {}, through: string[] = []): Promise<LabProcess> {
    const lab = await LabProcess.start(options, { ...forkOptions, env: this.env }, through);
    this.labs.push(lab);
    return lab;
  }

  /** Has a lab start a fixture on behalf of an attempt; '' is none. */
  async startIn(lab: Pick<LabProcess, 'start'>, attempt: string, name: ElusiveName | FixtureName): Promise<LabFixture> {
    const { command, args, roles } = { ...processFixtures, ...elusiveFixtures }[name];
    const dir = this.newDir();
    for (const each of [this.dir, dir]) chmodSync(each, 0o777); // the lab may be another user's
    await lab.start(attempt, { command, args: args(dir) });
    for (const role of roles) {
      await waitUntil(`${name} has started "${role}"`, () => existsSync(join(dir, `${role}.pid`)));
    }
    return {
      pidOf: (role) => Number(readFileSync(join(dir, `${role}.pid`), 'utf8')),
      beatFile: (role) => join(dir, `${role}.beat`),
    };
  }

  /**
   * Blocks a lab's main loop by a call that leaves orphans, and waits until they are there.
   *
   * @returns lets the call end; resolves with what came of it
   */
  async blockWithOrphans(lab: LabProcess, attempt: string, count: number): Promise<() => Promise<unknown>> {
    const dir = this.newDir();
    const done = lab.do('daemoniseWhileBlocked', attempt, count, dir);
    await waitUntil('all orphans are there', () => existsSync(join(dir, 'forked')));
    return () => {
      writeFileSync(join(dir, 'go'), '');
      return done;
    };
  }

  override async end(): Promise<void> {
    await Promise.all(this.labs.map((lab) => lab.end()));
    await super.end();
  }
}
