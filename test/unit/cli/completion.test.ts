import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from '../../../src/cli/program';
import { fakeCli } from './fake-cli';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The parser's own commands and options, by command. */
const flagsOf = new Map(
  createProgram(fakeCli(), () => undefined).commands.map((command) => [
    command.name(),
    command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined)),
  ]),
);

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

async function scriptOf(shell: string): Promise<string> {
  const cli = fakeCli();
  expect(await cli.run('completion', shell)).toBe(0);
  expect(cli.calls).toEqual([]);
  return cli.stdout.text;
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'completion-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('there are commands and options to complete', () => {
  expect(flagsOf.size).toBeGreaterThanOrEqual(10);
  expect(flagsOf.get('cancel')).toEqual(
    expect.arrayContaining(['-w', '--workflow-id', '--query', '--dry-run', '--yes']),
  );
});

test.each(SHELLS)('%s: every command and every option is in the script', async (shell) => {
  const script = await scriptOf(shell);
  for (const [command, flags] of flagsOf) {
    expect(script).toMatch(new RegExp(`\\b${command}\\b`));
    for (const flag of flags) {
      const [, dashes, name] = /^(--?)(.*)$/.exec(flag) as unknown as string[];
      const shown = shell === 'fish' ? ` -${dashes === '--' ? 'l' : 's'} ${name} ` : flag;
      expect(script).toContain(shown);
    }
  }
});

describe.each(SHELLS)('%s', (shell) => {
  // By name in the report: a shell that is not there is skipped.
  (isInstalled(shell) ? test : test.skip)(`${shell} takes the script without a complaint`, async () => {
    const file = join(dir, `completion.${shell}`);
    writeFileSync(file, await scriptOf(shell));
    const ran = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test.each(['', 'tcsh'])('the shell %j is bad usage', async (shell) => {
  const cli = fakeCli();
  expect(await cli.run('completion', ...(shell ? [shell] : []))).toBe(2);
  expect(cli.stdout.text).toBe('');
});

describe('in a real bash', () => {
  let script: string;
  beforeAll(async () => {
    script = await scriptOf('bash');
  });

  /** What bash offers for the last of these words. */
  function offered(...words: string[]): string[] {
    const file = join(dir, 'completion.bash');
    writeFileSync(file, script);
    // As bash itself does: it finds the function that "complete" has registered, and calls it.
    const driver = `
      source "$1"; shift
      registered=$(complete -p temporal-reaper) || exit 3
      function=\${registered#*-F }; function=\${function%% *}
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      "$function" temporal-reaper "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ['--norc', '-c', driver, 'bash', file, 'temporal-reaper', ...words];
    const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\n').filter(Boolean);
  }

  test('commands', () => {
    expect(offered('')).toEqual(expect.arrayContaining([...flagsOf.keys(), '--version', '--help']));
    expect(offered('c')).toEqual(['cancel', 'completion']);
    expect(offered('nothing-like-it')).toEqual([]);
    expect(offered('help', 'ki')).toEqual(['kill-all']);
  });

  test.each([...flagsOf])('every option of %s, and of no other', (command, flags) => {
    const expected = [...flags, '-h', '--help'].sort();
    expect(offered(command, '-').sort()).toEqual(expected);
  });

  test.each<[string[], string[]]>([
    [['ps', '--wat'], ['--watch']],
    [
      ['ps', '-o', ''],
      ['text', 'json'],
    ],
    [['ps', '--output', 'j'], ['json']],
    [['ps', '--output', '=', 'j'], ['json']],
    [
      ['ps', '--output', '='],
      ['text', 'json'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '-h', '--help'],
    ],
    [['cancel', '--workflow-id', ''], []],
    [['cancel', '-w', 'order-42', '--dr'], ['--dry-run']],
    [['run', '--task-queue', 'q', '--', 'make', '--w'], []],
  ])('%j: %j', (words, expected) => expect(offered(...words)).toEqual(expected));
});
