/**
 * Preloaded in every run, with and without the plugin: makes test environments start the Temporal CLI named by TEMPORAL_CLI
 * instead of downloading one. It does not affect the plugin.
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
