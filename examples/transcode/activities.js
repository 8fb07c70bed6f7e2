import { commandActivity } from 'temporal-reaper/activities';

/** Runs ffmpeg and nothing else, whatever a workflow asks for. */
export const runCommand = commandActivity({ allows: ['ffmpeg'] });
