/**
 * Preloaded in every run, with the plugin and without: test environments start the Temporal CLI that TEMPORAL_CLI names,
 * instead of downloading one. It hides nothing of the plugin's.
 */
const Module = require('node:module');

const path = process.env.TEMPORAL_CLI;
const load = Module._load;
let done = false;

Module._load = function (request, ...rest) {
  const loaded = load.call(this, request, ...rest);
  if (!done && path && request === '@temporalio/testing' && loaded.TestWorkflowEnvironment) {
    done = true;
    useLocalCli(loaded.TestWorkflowEnvironment);
  }
  return loaded;
};

function useLocalCli(environment) {
  const createLocal = environment.createLocal;
  environment.createLocal = function (options) {
    const server = { ...options?.server, executable: { type: 'existing-path', path } };
    return createLocal.call(this, { ...options, server });
  };
}
