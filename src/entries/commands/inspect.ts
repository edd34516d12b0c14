import { usageError } from '../../adapters/arguments.ts';
import { inspect } from '../../pipelines/inspect.ts';
import { inspectText } from '../../reports/inspect-text.ts';
import type { Command } from '../command.ts';

/** Digests, platforms and fingerprints of an image. */
export const command: Command = {
  name: 'inspect',
  about:
    'Show digests, platforms, fingerprints and the record of an image in a registry or an engine, or of the images of a store or an archive.',
  operands: 'REF|STORE|FILE',
  options: {
    json: { kind: 'flag', about: 'print JSON: an object, or a list where a place holds several images' },
    check: { kind: 'flag', about: 'read every layer, and compare it with its digest and with the config' },
  },
  async run({ ports, arguments: given, print }) {
    const [subject, ...more] = given.positionals;
    if (subject === undefined || more.length > 0) {
      throw usageError(
        'name one image, one store or one archive',
        'for example: slipway inspect ghcr.io/owner/app:1.0',
      );
    }
    const images = await inspect(ports, subject, { check: given.flag('check') });
    const [only] = images;
    if (given.flag('json')) print(`${JSON.stringify(images.length === 1 ? only : images)}\n`);
    else print(images.map(inspectText).join('\n'));
    return images.some(({ check }) => check !== undefined && check.problems.length > 0) ? 1 : 0;
  },
};
