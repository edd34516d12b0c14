import { buildKitImage } from '../../domain/buildkit-image.ts';
import { exitCodeOf, type RunOutcome } from '../../domain/outcome.ts';
import { run } from '../../pipelines/run.ts';
import { runText } from '../../reports/run-text.ts';
import { type Command, deskOptions, readDeskOptions } from '../command.ts';

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
    builder: {
      kind: 'value',
      value: 'NAME',
      about:
        'the builder of buildx to use; by default the current one, or where that cannot, one that is made and removed',
    },
    'buildkit-image': {
      kind: 'value',
      value: 'IMAGE',
      about: `what such a builder is made of; by default ${buildKitImage}`,
    },
    'buildkit-config': { kind: 'value', value: 'FILE', about: 'the configuration of BuildKit in it' },
    'driver-opt': { kind: 'values', value: 'NAME=VALUE', about: 'an option of its driver; may be given again' },
  },
  async run({ ports, arguments: given, print }) {
    const builder = {
      name: given.value('builder'),
      image: given.value('buildkit-image'),
      config: given.value('buildkit-config'),
      driverOptions: given.values('driver-opt'),
    };
    const options = { ...readDeskOptions(given), to: given.value('to'), builder };
    const { outcome, embedded } = await run(ports, options);
    print(given.flag('json') ? `${JSON.stringify(documents(outcome))}\n` : runText(outcome, lookAt(embedded)));
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

function documents({ plan, images, verdict, release, durationMs }: RunOutcome): unknown {
  return {
    plan,
    images: images.map((image) => {
      if (image.kind !== 'failed') return image;
      const { code, what, where, state, next } = image.error;
      return { ...image, error: { code, what, where, state, next } };
    }),
    verdict: verdict ?? null,
    release: release ?? null,
    durationMs,
  };
}
