import type { CompletedCommand, CompletedOption, CompletedProgram } from './completed-commands';
import { quoteForShell } from './quote';

/** Escapes what _arguments and _describe take for their own syntax. */
const escape = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');

function actionOf({ value, valueName, choices }: CompletedOption): string {
  if (value === 'none') return '';
  const action = choices.length > 0 ? `(${choices.join(' ')})` : valueName === 'path' ? '_files' : ' ';
  return `${value === 'optional' ? '::' : ':'}${escape(valueName)}:${action}`;
}

function optionSpecs(option: CompletedOption): string[] {
  const rest = `[${escape(option.description)}]${actionOf(option)}`;
  // "*": some may be repeated
  return option.flags.map((flag) => quoteForShell(`*${flag}${rest}`));
}

function commandCase({ name, options, choices }: CompletedCommand): string {
  const last = quoteForShell(choices.length > 0 ? `1:value:(${choices.join(' ')})` : '*:: :_default');
  const lines = [...options.flatMap(optionSpecs), last].join(' \\\n        ');
  return `    ${name})\n      _arguments \\\n        ${lines}\n      ;;`;
}

/** A script for zsh, to be evaluated after compinit or put into a folder of $fpath as _temporal-reaper. */
export function zshScript({ options, commands }: CompletedProgram): string {
  const names = commands.map(({ name, description }) => quoteForShell(`${name}:${escape(description)}`));
  return `#compdef temporal-reaper
# zsh completion of temporal-reaper
_temporal_reaper() {
  local -a commands
  commands=(
    ${names.join('\n    ')}
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    _arguments \\
      ${options.flatMap(optionSpecs).join(' \\\n      ')}
    return
  fi
  shift words
  ((CURRENT--))
  case "$words[1]" in
${commands.map(commandCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = '_temporal-reaper' ]; then
  _temporal_reaper "$@"
else
  compdef _temporal_reaper temporal-reaper
fi
`;
}
