import { Argument } from 'commander';
import { bashScript } from '../completion/bash';
import { completedProgram } from '../completion/completed-commands';
import { fishScript } from '../completion/fish';
import { zshScript } from '../completion/zsh';
import { EXIT_CODE } from '../exit-codes';
import type { AddCommand } from './command';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

const HOW = `
  bash: eval "$(temporal-reaper completion bash)" in ~/.bashrc
  zsh:  eval "$(temporal-reaper completion zsh)" in ~/.zshrc, after compinit
  fish: temporal-reaper completion fish > ~/.config/fish/completions/temporal-reaper.fish`;

export const addCompletion: AddCommand = (program, context, exit) => {
  program
    .command('completion')
    .description('Print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', HOW)
    .action((shell: keyof typeof SCRIPTS) => {
      context.stdout.write(SCRIPTS[shell](completedProgram(program)));
      exit(EXIT_CODE.done);
    });
};
