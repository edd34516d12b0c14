import { GateMode } from '../../domain/gate-mode.ts';
import { exitCodeOf } from '../../domain/outcome.ts';
import { run } from '../../pipelines/run.ts';
import { againText } from '../../reports/reproduction.ts';
import { runDocuments } from '../../reports/run-documents.ts';
import { runText } from '../../reports/run-text.ts';
import {
  builderOptions,
  type Command,
  deskOptions,
  deskWords,
  readBuilderOptions,
  readDeskOptions,
} from '../command.ts';
import { modeIn } from '../gate-mode.ts';
import { quietLog } from '../quiet-log.ts';

/** The whole pipeline on this machine. */
export const command: Command = {
  name: 'run',
  about: 'Plan, build, test and release a set of images on this machine.',
  options: {
    ...deskOptions,
    to: {
      kind: 'value',
      value: 'REGISTRY',
      about: 'where to publish, a host with a path; by default a registry in .slipway/',
    },
    'from-run': {
      kind: 'value',
      value: 'ID',
      about: 'take the bytes that this run built in place of building; they are tested and published as they are',
    },
    quiet: { kind: 'flag', about: 'say nothing but warnings, errors and the result' },
    gate: {
      kind: 'value',
      value: 'MODE',
      about: `what the gate compares: ${GateMode.options.join(', ')}; by default what the configuration says, else promote`,
    },
    'gate-builder': {
      kind: 'value',
      value: 'NAME',
      about: 'with the modes rebuild and layers: the builder for that; by default one is made and removed',
    },
    ...builderOptions,
  },
  async run({ ports, arguments: given, print }) {
    const gate = { mode: modeIn(given.value('gate')), builder: given.value('gate-builder') };
    const options = {
      ...readDeskOptions(given),
      ...{ to: given.value('to'), fromRun: given.value('from-run'), gate, builder: readBuilderOptions(given) },
    };
    const log = given.flag('quiet') ? quietLog(ports.log) : ports.log;
    const { outcome, embedded } = await run({ ...ports, log }, options);
    print(
      given.flag('json')
        ? `${JSON.stringify(runDocuments(outcome))}\n`
        : runText(outcome, [...lookAt(embedded), ...againText(outcome.images, { options: deskWords(given) })]),
    );
    return exitCodeOf(outcome);
  },
};

function lookAt(embedded: string | undefined): readonly string[] {
  if (embedded === undefined) return [];
  return [
    `The images lie in ${embedded}`,
    `To look at them: slipway registry serve --dir ${embedded}`,
    'Then, with the address that it prints: slipway inspect ADDRESS/…, docker pull ADDRESS/…',
  ];
}
