import type { GeneratedFile } from './generated-file.ts';

/** The name of the suite, for the workflows that `slipway init` writes. */
export const suiteRepository: GeneratedFile = {
  path: 'src/formats/init/suite-repository.ts',
  make: async ({ repository }) =>
    [
      '// Made by script/generate from script/commands/generate/repository.json.',
      '/** Where the suite is published. */',
      `export const suiteRepository = '${repository}';`,
      '',
    ].join('\n'),
};
