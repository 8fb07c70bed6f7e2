import type { Route } from '../fixtures/activities';
import { type Ending, endings } from './endings';
import { type Shape, routesOf, shapes } from './shapes';

/** What is tried in one cell of the matrix. */
export interface CellPlan {
  ending: Ending;
  shape: Shape;
  route: Route;
  /** false: the negative control. */
  plugin: boolean;
  /** On a server that pushes cancels to workers by itself; off by default there. */
  push: boolean;
}

function cell(ending: Ending, row: number, column: number): CellPlan {
  const shape = shapes[column % shapes.length];
  // The main loop of one worker has room for one blocking call.
  const mayBlock = Boolean(ending.mayBlock) && (!ending.worker?.own || column % shapes.length === row % shapes.length);
  const routes = ending.routes ?? routesOf(shape, mayBlock);
  return { ending, shape, route: routes[(row + 2 * column) % routes.length], plugin: true, push: false };
}

/** One cell of each ending with server push on: eight endings in a row go through all shapes. */
function pushPlan(): CellPlan[] {
  return endings.map((ending, row) => ({ ...cell(ending, row, (row + 3) % shapes.length), push: true }));
}

/** The full product of endings and shapes, with the routes dealt out over it; and the share with server push on. */
export function fullPlan(): CellPlan[] {
  return [...endings.flatMap((ending, row) => shapes.map((_, column) => cell(ending, row, column))), ...pushPlan()];
}

/** Each ending with two shapes, one of them with server push on. */
export function pairwisePlan(): CellPlan[] {
  return [...endings.map((ending, row) => cell(ending, row, row % shapes.length)), ...pushPlan()];
}

/** One cell of each ending without the plugin; none where nobody could ask for such an ending. */
export function controlPlan(): CellPlan[] {
  return endings.flatMap((ending, row) => {
    if (ending.control === 'none') return [];
    const shape = shapes.find(({ name }) => name === ending.controlled?.shape) ?? shapes[row % shapes.length];
    const route = ending.routes?.[0] ?? routesOf(shape, false)[0];
    return [{ ending, shape, route, plugin: false, push: false }];
  });
}

export function nameOf({ ending, shape, route, plugin, push }: CellPlan): string {
  return `${ending.name}: ${shape.name}, ${route}${plugin ? '' : ', without the plugin'}${push ? ', server push' : ''}`;
}
