const { spawn } = require('node:child_process');
const { once } = require('node:events');

/** Nothing here knows of a cancel: no heartbeat, no signal handler, no kill. */
async function tick() {
  // A pipeline: to kill the shell would not be enough.
  const child = spawn('sh', ['-c', 'while sleep 1; do date; done | cat'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`sh ended with ${code ?? signal}`);
}

module.exports = { tick };
