import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { CliContext, ConnectedClient } from '../../../src/cli/context';
import type { ServerFacts } from '../../../src/client/examine';
import { runCli } from '../../../src/cli/run';

/** A stream that keeps what is written. */
export class Recorder extends PassThrough {
  isTTY = false;
  text = '';
  override write(chunk: string | Uint8Array): boolean {
    this.text += chunk.toString();
    return true;
  }
}

type Method = keyof ConnectedClient['reaper'];

export interface FakeCli extends CliContext {
  stdout: Recorder;
  stderr: Recorder;
  stdin: PassThrough & { isTTY?: boolean };
  /** Every request to the client, in order. */
  calls: [Method, unknown][];
  closed: number;
  /** Exit codes with which the process was to end at once. */
  left: number[];
  run(...argv: string[]): Promise<number>;
}

/** A command line whose client answers with `answer`, a value or what gives one. */
export function fakeCli(answer: unknown = undefined): FakeCli {
  const reaper = new Proxy({} as ConnectedClient['reaper'], {
    get: (_target, method: Method) => async (options: unknown) => {
      cli.calls.push([method, options]);
      return typeof answer === 'function' ? (answer as () => unknown)() : answer;
    },
  });
  const cli: FakeCli = {
    stdin: new PassThrough(),
    stdout: new Recorder(),
    stderr: new Recorder(),
    env: {},
    signals: new EventEmitter(),
    calls: [],
    closed: 0,
    left: [],
    leave: (code) => void cli.left.push(code),
    connect: async () => ({
      reaper,
      namespace: 'shop',
      examine: async () => (typeof answer === 'function' ? (answer as () => ServerFacts)() : (answer as ServerFacts)),
      close: async () => {
        cli.closed++;
      },
    }),
    run: (...argv) => runCli(argv, cli),
  };
  return cli;
}
