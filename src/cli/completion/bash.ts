import type { CompletedCommand, CompletedOption, CompletedProgram } from './completed-commands';
import { quoteForShell } from './quote';

const flagsOf = (options: CompletedOption[]): string[] => options.flatMap(({ flags }) => flags);

/** After an option that takes a value: its choices, files, or nothing. */
function valueCase({ name, options }: CompletedCommand): string[] {
  return options
    .filter(({ value }) => value === 'required')
    .map(({ flags, choices, valueName }) => {
      const patterns = flags.map((flag) => quoteForShell(`${name} ${flag}`)).join(' | ');
      if (choices.length > 0) return `    ${patterns}) words=${quoteForShell(choices.join(' '))} ;;`;
      return `    ${patterns}) ${valueName === 'path' ? 'compopt -o default 2> /dev/null; ' : ''}return ;;`;
    });
}

function wordsCase({ name, options, choices }: CompletedCommand): string {
  return `      ${name}) words=${quoteForShell([...choices, ...flagsOf(options)].join(' '))} ;;`;
}

/** A script for bash 3.2 and later, without the package bash-completion. */
export function bashScript({ options, commands }: CompletedProgram): string {
  const all = [...commands.map(({ name }) => name), ...flagsOf(options)].join(' ');
  return `# bash completion of temporal-reaper
_temporal_reaper() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command='' words='' i
  ((COMP_CWORD > 1)) && command="\${COMP_WORDS[1]}"
  # bash takes the "=" of --option=value for a word
  if [[ "$word" == '=' ]]; then
    word=''
  elif [[ "$before" == '=' ]] && ((COMP_CWORD > 2)); then
    before="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  COMPREPLY=()
  # after "--" the words are those of another command
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ "\${COMP_WORDS[i]}" == '--' ]]; then
      compopt -o default 2> /dev/null
      return
    fi
  done
  case "$command $before" in
${commands.flatMap(valueCase).join('\n')}
  esac
  if [[ -z "$words" ]]; then
    case "$command" in
      '') words=${quoteForShell(all)} ;;
${commands.map(wordsCase).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _temporal_reaper temporal-reaper
`;
}
