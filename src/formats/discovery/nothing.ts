import { ConfigError } from '../../domain/errors.ts';
import { listed } from './finding.ts';

const smallest = `write slipway.yml:
  images:
    app:
      context: .
      tests:
        - run: [your-program, --version]`;

const lookedFor = [
  'PYTHON_VERSIONS with Dockerfile.<runtime>-py<version>',
  'docker-bake.hcl or .json',
  'compose.yaml or docker-compose.yml with a build',
  'a Dockerfile in any folder',
];

/** Nothing in the repository says what is to be built. */
export function nothingToBuild(folder: string, notTaken: readonly string[]): ConfigError {
  return new ConfigError({
    code: 'nothing-to-build',
    what: [
      `there is no slipway.yml, and nothing to build was found: looked for ${lookedFor.join(', ')}`,
      ...(notTaken.length === 0 ? [] : [listed(notTaken, 5)]),
    ].join('; '),
    where: folder,
    state: 'nothing was built',
    next: smallest,
  });
}
