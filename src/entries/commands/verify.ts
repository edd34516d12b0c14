import { usageError } from '../../adapters/arguments.ts';
import { GateMode } from '../../domain/gate-mode.ts';
import { registryFor } from '../../pipelines/destination.ts';
import { subjectRefusal, verifySubject } from '../../pipelines/verify.ts';
import { verifyHere } from '../../pipelines/verify-set.ts';
import { errorText } from '../../reports/error-text.ts';
import { verdictText } from '../../reports/verdict-text.ts';
import { type Command, type CommandContext, deskOptions, readDeskOptions } from '../command.ts';
import { modeIn } from '../gate-mode.ts';

/** The gate at a desk. */
export const command: Command = {
  name: 'verify',
  about:
    'The digest gate. With REF, a reference, a store or an archive: is it what --expected says? Without: is all that is published of this repository what was tested?',
  operands: '[REF]',
  options: {
    ...deskOptions,
    expected: {
      kind: 'value',
      value: 'DIGEST',
      about: 'what REF must be; with layers the hash of its layers, with rebuild its fingerprint',
    },
    mode: {
      kind: 'value',
      value: 'MODE',
      about: `what of REF is compared: ${GateMode.options.join(', ')}; by default promote`,
    },
    registry: {
      kind: 'value',
      value: 'PREFIX',
      about: 'where images are published; by default what the configuration says',
    },
  },
  async run(context) {
    const given = context.arguments;
    const [subject, ...more] = given.positionals;
    const expected = given.value('expected');
    const mode = modeIn(given.value('mode'));
    if (more.length > 0 || (subject === undefined) !== (expected === undefined)) {
      throw usageError(
        'name one image with --expected, or neither of both',
        'for example: slipway verify ghcr.io/owner/app:1.0 --expected sha256:…',
      );
    }
    if (subject !== undefined && expected !== undefined) return verifyOne(context, { subject, expected, mode });
    if (mode !== undefined) throw usageError('--mode needs an image', 'without one, what is published is compared');
    const options = { ...readDeskOptions(given), registry: given.value('registry') };
    const verdict = await verifyHere(context.ports, options);
    context.print(given.flag('json') ? `${JSON.stringify(verdict)}\n` : verdictText(verdict));
    return verdict.state === 'match' ? 0 : 1;
  },
};

async function verifyOne(
  { ports, arguments: given, print }: CommandContext,
  {
    subject,
    expected,
    mode = 'promote',
  }: { readonly subject: string; readonly expected: string; readonly mode: GateMode | undefined },
): Promise<number> {
  const question = { subject, expected, mode, where: '--expected' };
  const verified = await verifySubject(ports, question, () => registryFor(ports));
  if (given.flag('json')) print(`${JSON.stringify(verified)}\n`);
  else print(verified.state === 'match' ? `match: ${subject} is ${expected}\n` : errorText(subjectRefusal(verified)));
  return verified.state === 'match' ? 0 : 1;
}
