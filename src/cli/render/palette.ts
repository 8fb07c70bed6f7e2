import pc from 'picocolors';
import type { CliContext } from '../context';

export type Palette = ReturnType<typeof pc.createColors>;

/** Colour only on a terminal, and neither with `--no-color` nor with NO_COLOR. */
export function paletteFor({ stdout, env }: Pick<CliContext, 'stdout' | 'env'>, color: boolean): Palette {
  return pc.createColors(color && stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
}
