import { containedPath } from '../../domain/path.ts';
import { fillTexts } from '../../domain/placeholders.ts';
import type { PlannedSetTest } from '../../domain/planned-set-test.ts';
import { imageVariables } from '../../domain/set-test.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';
import { commandOf, shown } from './planned-tests.ts';

/** The test of the set of the configuration, as the plan says it. `keys` are those of all images that it is to find. */
export function plannedSetTest(
  config: ProjectConfig,
  keys: readonly string[],
  { version, configFile }: { readonly version: string | null; readonly configFile: string },
): PlannedSetTest | undefined {
  const { test } = config.set;
  if (test === undefined) return undefined;
  const where = `set.test in ${configFile}`;
  // What it will find them by must be known before anything is built.
  imageVariables(keys, where);
  const common = {
    timeoutMinutes: test['timeout-minutes'],
    env: fillTexts(test.env, { version: version ?? '' }),
  };
  if (test.host !== undefined) {
    return { kind: 'host', name: test.name ?? shown(test.host), ...common, command: commandOf(test.host) };
  }
  const { compose: file = '', service = '' } = test;
  const name = test.name ?? `${service} of ${file}`;
  return { kind: 'compose', name, ...common, file: containedPath(file, 'the compose file', where), service };
}
