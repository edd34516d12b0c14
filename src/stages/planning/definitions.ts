import { type BakeAnswer, bakeEnv, readBake } from '../../clients/bake.ts';
import { findBakeImages } from '../../formats/discovery/bake-images.ts';
import { composeServices, servicesWithoutTarget } from '../../formats/discovery/compose-services.ts';
import { type Finding, listed } from '../../formats/discovery/finding.ts';
import type { Ports } from '../../ports/ports.ts';

/** What one way of looking ended with: images, or only sentences about what was no use. */
export interface Look {
  readonly finding: Finding | undefined;
  readonly notTaken: readonly string[];
}

/** Where bake or compose files lie, and with which variables they are read. */
export interface DefinitionInputs {
  readonly folder: string;
  /** Our environment; bake gets to see only where docker is. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables for bake and compose files, which win over their defaults. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

const nothing: Look = { finding: undefined, notTaken: [] };

/** The images of bake files: those of the group `default`, or every target where there is no such group. */
export async function lookAtBake(
  { exec }: Pick<Ports, 'exec'>,
  inputs: DefinitionInputs,
  files: readonly string[],
): Promise<Look> {
  if (files.length === 0) return nothing;
  const name = files.join(' with ');
  const answer = await readBake(exec, { folder: inputs.folder, files, env: envOf(inputs) });
  if (answer.definition === undefined) {
    return { finding: undefined, notTaken: [`${name} was not taken: it has no target`] };
  }
  const finding = findBakeImages(answer.definition, { how: 'bake', files, folder: inputs.folder });
  const taken = Object.keys(answer.definition.target);
  const left = (answer.targets ?? []).filter((target) => !taken.includes(target));
  const all = `${name}: there is no group default, so every target was taken`;
  return {
    finding: { ...finding, found: [...finding.found, ...(answer.hasNoDefault ? [all] : [])] },
    notTaken: [
      ...secretsNote(name, answer),
      ...(left.length === 0 ? [] : [`${name}: ${listed(left)} was not taken: the group default does not name it`]),
    ],
  };
}

/** The images of compose files: the services with a build, in whatever profile. */
export async function lookAtCompose(
  ports: Pick<Ports, 'files' | 'exec'>,
  inputs: DefinitionInputs,
  files: readonly string[],
): Promise<Look> {
  if (files.length === 0) return nothing;
  const name = files.join(' with ');
  const [answer, ...texts] = await Promise.all([
    readBake(ports.exec, { folder: inputs.folder, files, env: envOf(inputs) }),
    ...files.map((file) => ports.files.readText(`${inputs.folder}/${file}`)),
  ]);
  if (answer.definition === undefined) {
    return { finding: undefined, notTaken: [`${name} was not taken: no service has a build`] };
  }
  const services = composeServices(texts.map((text) => text ?? ''));
  const left = servicesWithoutTarget(services, Object.keys(answer.definition.target), name);
  return {
    finding: findBakeImages(answer.definition, { how: 'compose', files, folder: inputs.folder }),
    notTaken: [
      ...secretsNote(name, answer),
      ...(left.length === 0 ? [] : [`${name}: ${listed(left)} was not taken: there is no build`]),
    ],
  };
}

function envOf({ env, variables }: DefinitionInputs): Record<string, string> {
  return { ...variables, ...bakeEnv(env) };
}

function secretsNote(name: string, { isWithoutSecrets }: BakeAnswer): readonly string[] {
  return isWithoutSecrets ? [`${name}: its secrets were not taken: the files that they name are not here`] : [];
}
