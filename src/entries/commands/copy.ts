import { usageError } from '../../adapters/arguments.ts';
import { copyImage } from '../../pipelines/copy.ts';
import { copyText } from '../../reports/copy-text.ts';
import type { Command } from '../command.ts';

/** An image from one place to another. */
export const command: Command = {
  name: 'copy',
  about:
    'Copy an image without changing a byte. FROM and TO: oci:FOLDER, oci-archive:FILE, docker-archive:FILE, engine:NAME, or a reference in a registry.',
  operands: 'FROM TO',
  options: {
    image: { kind: 'value', value: 'NAME', about: 'which image, where FROM lists several: a name, a tag or a digest' },
    json: { kind: 'flag', about: 'print what was copied as JSON' },
  },
  async run({ ports, arguments: given, print }) {
    const [from, to, ...more] = given.positionals;
    if (from === undefined || to === undefined || more.length > 0) {
      throw usageError(
        'name one place to copy from and one to copy to',
        'for example: slipway copy engine:app:1.0 oci-archive:app.tar',
      );
    }
    const copied = await copyImage(ports, { from, to, image: given.value('image') });
    print(given.flag('json') ? `${JSON.stringify(copied)}\n` : copyText(copied));
    return 0;
  },
};
