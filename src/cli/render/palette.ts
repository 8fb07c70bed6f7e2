import pc from 'picocolors';
import type { CliContext } from '../context';

export type ColorPalette = ReturnType<typeof pc.createColors>;

/** Uses colour only on a terminal, and not with `--no-color` or NO_COLOR. */
export function paletteFor({ stdout, env }: Pick<CliContext, 'stdout' | 'env'>, color: boolean): ColorPalette {
  return pc.createColors(color && stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb');
}
