import { commandActivity } from 'temporal-reaper/activities';

export const runCommand = commandActivity({
  allows: ['agent'],
  // A real worker would ask a vault, or read /run/secrets.
  secretOf: (name) => process.env[name],
});
