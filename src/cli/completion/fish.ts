import type { CompletedOption, CompletedProgram } from './completed-commands';
import { quoteForFish } from './quote';

const COMPLETE = 'complete -c temporal-reaper';

function flagWords(flags: string[]): string {
  return flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
}

function optionLine(condition: string, { flags, description, value, valueName, choices }: CompletedOption): string {
  // -x: a value that is no file, -rF: one that is
  const takes = value !== 'required' ? '' : valueName === 'path' ? ' -r -F' : ' -x';
  const values = choices.length > 0 ? ` -a ${quoteForFish(choices.join(' '))}` : '';
  return `${COMPLETE} -n ${quoteForFish(condition)} ${flagWords(flags)}${takes}${values} -d ${quoteForFish(description)}`;
}

/** A script for fish. */
export function fishScript({ options, commands }: CompletedProgram): string {
  const first = '__fish_use_subcommand';
  const lines = commands.flatMap(({ name, description, options: own, choices }) => {
    const within = `__fish_seen_subcommand_from ${name}`;
    return [
      `${COMPLETE} -n ${first} -a ${name} -d ${quoteForFish(description)}`,
      ...(choices.length > 0 ? [`${COMPLETE} -n ${quoteForFish(within)} -a ${quoteForFish(choices.join(' '))}`] : []),
      ...own.map((option) => optionLine(within, option)),
    ];
  });
  return [
    '# fish completion of temporal-reaper',
    `${COMPLETE} -f`,
    ...options.map((o) => optionLine(first, o)),
    ...lines,
    '',
  ].join('\n');
}
