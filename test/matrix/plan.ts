import type { Route } from '../fixtures/activities';
import { type Ending, endings } from './endings';
import { type Shape, routesOf, shapes } from './shapes';

/**
 * Where a cell is tried: on a server and at a containment level as they are by default; on a server that pushes cancels to
 * workers by itself; at a lower level.
 */
export type Setting = 'default' | 'server push' | 'subreaper' | 'scan';
export const SETTINGS: Setting[] = ['default', 'server push', 'subreaper', 'scan'];

/** What is tried in one cell of the matrix. */
export interface CellPlan {
  ending: Ending;
  shape: Shape;
  route: Route;
  /** false: the negative control. */
  plugin: boolean;
  setting: Setting;
}

function cell(ending: Ending, row: number, column: number): CellPlan {
  const shape = shapes[column % shapes.length];
  // The main loop of one worker has room for one blocking call.
  const mayBlock = Boolean(ending.mayBlock) && (!ending.worker?.own || column % shapes.length === row % shapes.length);
  const routes = ending.routes ?? routesOf(shape, mayBlock);
  return { ending, shape, route: routes[(row + 2 * column) % routes.length], plugin: true, setting: 'default' };
}

/** One cell of each ending in that setting: eight endings in a row go through all shapes. */
function share(setting: Setting): CellPlan[] {
  const shift = 2 * SETTINGS.indexOf(setting);
  return endings.map((ending, row) => ({ ...cell(ending, row, (row + shift) % shapes.length), setting }));
}

/** The full product of endings and shapes, with the routes dealt out over it; and a share in each other setting. */
export function fullPlan(): CellPlan[] {
  const product = endings.flatMap((ending, row) => shapes.map((_, column) => cell(ending, row, column)));
  return [...product, ...SETTINGS.slice(1).flatMap(share)];
}

/** Each ending with two shapes, one of them in another setting than the default. */
export function pairwisePlan(): CellPlan[] {
  const others = SETTINGS.slice(1);
  const dealt = others.flatMap((setting, index) => share(setting).filter((_, row) => row % others.length === index));
  return [...share('default'), ...dealt];
}

/** One cell of each ending without the plugin; none where nobody could ask for such an ending. */
export function controlPlan(): CellPlan[] {
  return endings.flatMap((ending, row) => {
    if (ending.control === 'none') return [];
    const shape = shapes.find(({ name }) => name === ending.controlled?.shape) ?? shapes[row % shapes.length];
    const route = ending.routes?.[0] ?? routesOf(shape, false)[0];
    return [{ ending, shape, route, plugin: false, setting: 'default' as const }];
  });
}

export function nameOf({ ending, shape, route, plugin, setting }: CellPlan): string {
  return `${ending.name}: ${shape.name}, ${route}${plugin ? '' : ', without the plugin'}${setting === 'default' ? '' : `, ${setting}`}`;
}
