import { usageError } from '../../adapters/arguments.ts';
import { serveRegistry } from '../../pipelines/serve.ts';
import type { Command } from '../command.ts';

/** Where `slipway run` publishes to, in the repository that somebody is in. */
const ofRuns = '.slipway/registry';

/** The embedded registry. */
export const command: Command = {
  name: 'registry',
  about: 'Serve a folder as a registry on this machine, until it is stopped. The first line printed is its address.',
  operands: 'serve',
  options: {
    dir: {
      kind: 'value',
      value: 'DIR',
      about: 'the folder, made when something is pushed; by default that of slipway run here, if there is one',
    },
    port: { kind: 'value', value: 'N', about: 'the port; by default a free one' },
  },
  async run({ ports, arguments: given, print }) {
    const [verb, ...more] = given.positionals;
    if (verb !== 'serve' || more.length > 0)
      throw usageError('the one thing it does is serve', 'slipway registry serve --dir DIR');
    const dir = given.value('dir') ?? ((await ports.files.facts(ofRuns)) === undefined ? undefined : ofRuns);
    if (dir === undefined) throw usageError('--dir is missing', 'slipway registry serve --dir DIR');
    await serveRegistry(ports, { dir, port: readPort(given.value('port')) }, (address) => print(`${address}\n`));
    return 0;
  },
};

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw usageError(`${JSON.stringify(text)} is no port`, 'give a number up to 65535, or leave --port out');
}
