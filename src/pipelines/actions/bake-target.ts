import { ConfigError } from '../../domain/errors.ts';
import type { ImageConfig, ProjectConfig, SlipwayConfig } from '../../formats/config-schema.ts';
import { chooseDefinitionFiles } from '../../formats/discovery/definition-files.ts';
import { keyOf } from '../../formats/discovery/keys.ts';
import type { Ports } from '../../ports/ports.ts';
import { lookAtBake } from '../../stages/planning/definitions.ts';
import { foundImages } from '../project.ts';

/** A target of a bake file, and the images that a build of it takes. */
export interface BakeTargetImages {
  readonly key: string;
  readonly source: string;
  readonly found: Omit<ProjectConfig, keyof SlipwayConfig> & Pick<ProjectConfig, 'images'>;
  readonly image: ImageConfig;
}

/** Reads a target with those that it is built on, as bake reads them. */
export async function readBakeTarget(
  ports: Pick<Ports, 'exec' | 'files' | 'env'>,
  folder: string,
  { target, files: asked }: { readonly target: string; readonly files: readonly string[] },
): Promise<BakeTargetImages> {
  const where = 'with: bake-target';
  const names = asked.length > 0 ? [] : (await ports.files.list(folder)).map(({ name }) => name);
  const { bake, compose } = chooseDefinitionFiles(names);
  const files = asked.length > 0 ? asked : [...compose, ...bake];
  if (files.length === 0) {
    throw new ConfigError({
      code: 'bake-file-missing',
      what: `there is no bake file in which the target ${target} could be`,
      where,
      state: 'nothing was built',
      next: 'name it with the input bake-file, as a path below the workspace',
    });
  }
  const { finding, notTaken } = await lookAtBake(ports, { folder, env: ports.env, targets: [target] }, files);
  const key = keyOf(target, where);
  const image = finding?.images[key];
  if (finding === undefined || image === undefined) {
    throw new ConfigError({
      code: 'bake-target-unknown',
      what: `${target} is no target, but a group`,
      where,
      state: 'nothing was built',
      next: `name one of its targets: ${Object.keys(finding?.images ?? {}).join(', ')}`,
    });
  }
  return { key, source: finding.source, found: foundImages({ ...finding, notTaken }), image };
}
