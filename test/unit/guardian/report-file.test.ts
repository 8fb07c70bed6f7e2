import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reportFileOf, takeReports, writeReport } from '../../../src/guardian/report-file';

const hostId = `unit:${randomUUID()}`;
const runtimeDir = process.env.XDG_RUNTIME_DIR;
const dir = mkdtempSync(join(tmpdir(), 'reaper-reports-'));
process.env.XDG_RUNTIME_DIR = dir; // the user's own folder is left alone
const folder = dirname(reportFileOf(hostId, 1, '1'));
const report = (workerPid: number) => ({
  workerPid,
  at: 1,
  kills: [{ attempt: 1, key: 'k', dead: 2, alive: 0, durationMs: 3 }],
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => {
  rmSync(dir, { recursive: true });
  if (runtimeDir === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = runtimeDir;
});

test('a host without reports has none', () => {
  expect(takeReports(hostId)).toEqual([]);
});

test('each report is read once, and by workers of its host alone', () => {
  for (const pid of [11, 12]) writeReport(reportFileOf(hostId, pid, '5'), report(pid));
  expect(takeReports(`${hostId}-other`)).toEqual([]);
  expect(takeReports(hostId).sort((a, b) => a.workerPid - b.workerPid)).toEqual([report(11), report(12)]);
  expect(takeReports(hostId)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('it is for this user alone', () => {
  const file = reportFileOf(hostId, 11, '5');
  writeReport(file, report(11));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('one that is being written is not read', () => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${reportFileOf(hostId, 11, '5')}.new`, '{');
  expect(takeReports(hostId)).toEqual([]);
});

test('one that is none is read once too: it must not be in the way of the next for ever', () => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(reportFileOf(hostId, 11, '5'), '{');
  expect(() => takeReports(hostId)).toThrow(SyntaxError);
  writeReport(reportFileOf(hostId, 12, '5'), report(12));
  expect(takeReports(hostId)).toEqual([report(12)]);
});

test('a folder that others may write in is neither read nor written', () => {
  writeReport(reportFileOf(hostId, 11, '5'), report(11));
  chmodSync(folder, 0o777);
  expect(() => takeReports(hostId)).toThrow('private folder');
  expect(() => writeReport(reportFileOf(hostId, 12, '5'), report(12))).toThrow('private folder');
});
