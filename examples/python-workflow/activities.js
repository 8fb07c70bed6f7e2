import { commandActivity } from 'temporal-reaper/activities';

/** Runs Blender and nothing else, whatever a workflow asks for. */
export const runCommand = commandActivity({ allows: ['blender'] });
