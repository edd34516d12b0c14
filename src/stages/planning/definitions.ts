import { type BakeAnswer, bakeEnv, readBake } from '../../clients/bake.ts';
import { findBakeImages } from '../../formats/discovery/bake-images.ts';
import { composeServices, servicesWithoutTarget, unheededBuildKeys } from '../../formats/discovery/compose-services.ts';
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
  /** Only these targets of bake files, and what they are built on. */
  readonly targets?: readonly string[] | undefined;
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
  const { folder, targets } = inputs;
  const answer = await readBake(exec, { folder, files, env: envOf(inputs), targets });
  if (answer.definition === undefined) {
    return { finding: undefined, notTaken: [`${name} was not taken: it has no target`] };
  }
  const finding = findBakeImages(answer.definition, { how: 'bake', files, folder: inputs.folder });
  const taken = Object.keys(answer.definition.target);
  const left = targets === undefined ? (answer.targets ?? []).filter((target) => !taken.includes(target)) : [];
  const all = `${name}: there is no group default, so every target was taken`;
  return {
    finding: { ...finding, found: [...finding.found, ...(answer.hasNoDefault ? [all] : [])] },
    notTaken: [
      ...leftOutNote(name, answer),
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
  const unheeded = unheededBuildKeys(texts.map((text) => text ?? ''));
  const left = servicesWithoutTarget(services, Object.keys(answer.definition.target), name);
  return {
    finding: findBakeImages(answer.definition, { how: 'compose', files, folder: inputs.folder }),
    notTaken: [
      ...leftOutNote(name, answer),
      ...(left.length === 0 ? [] : [`${name}: ${listed(left)} was not taken: there is no build`]),
      ...(unheeded.length === 0
        ? []
        : [`${name}: ${listed(unheeded)} was not taken: docker buildx bake knows no such thing`]),
    ],
  };
}

function envOf({ env, variables }: DefinitionInputs): Record<string, string> {
  return { ...variables, ...bakeEnv(env) };
}

function leftOutNote(name: string, { isWithoutSecrets, isWithoutSsh }: BakeAnswer): readonly string[] {
  return [
    ...(isWithoutSecrets ? [`${name}: its secrets were not taken: the files that they name are not here`] : []),
    ...(isWithoutSsh ? [`${name}: its ssh was not taken: the agent or the keys that it names are not here`] : []),
  ];
}
