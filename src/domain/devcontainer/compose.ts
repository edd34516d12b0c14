import type { TakenPath } from './mounts.ts';
import type { FoundHazard } from './refusals.ts';

/** How compose builds the image of a service, as far as a configuration of a Dockerfile can say the same. */
export interface ComposeBuild {
  /** Relative to the repository, as all paths here. */
  readonly context: string;
  /** Where the Dockerfile lies; absent where compose has its text. */
  readonly dockerfile: string | undefined;
  readonly inline: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  /** Folders of the repository that the build sees beside its context, by name. */
  readonly folders: Readonly<Record<string, string>>;
  /** More arguments of the build, such as labels. */
  readonly options: readonly string[];
  readonly cacheFrom: readonly string[];
}

/** What a compose configuration comes to: the service that people work in, and what is started beside it. */
export interface ComposeProject {
  readonly files: readonly string[];
  /** The files that give variables to the service. */
  readonly envFiles: readonly string[];
  readonly service: string;
  readonly image: string | undefined;
  readonly build: ComposeBuild | undefined;
  /** What a run makes, and marks as its own. */
  readonly services: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Services beside it whose images compose builds, and names after its project. */
  readonly builtBeside: readonly string[];
  readonly hazards: readonly FoundHazard[];
  /** What its services and their builds take from the repository. */
  readonly paths: readonly TakenPath[];
}

/** The project that compose makes of one run: no other run has its containers, networks and volumes. */
export function composeProjectName(owner: string): string {
  return `slipway-${owner.toLowerCase().replace(/[^a-z0-9-]/g, '-')}`;
}

/** What a compose file may say last: the service starts from an image as it is, and all that is made is marked. */
export function composeOverride(
  { service, services, networks, volumes }: ComposeProject,
  { reference, label, owner }: { readonly reference: string; readonly label: string; readonly owner: string },
): string {
  const labels = `labels: { ${JSON.stringify(label)}: ${JSON.stringify(owner)} }`;
  const all = (names: readonly string[]): readonly string[] =>
    names.map((name) => `  ${JSON.stringify(name)}: { ${labels} }`);
  const block = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [`${title}:`, ...lines];
  const dev = `image: ${JSON.stringify(reference)}, build: !reset null, pull_policy: missing, ${labels}`;
  const beside = services.filter((name) => name !== service);
  return [
    ...block('services', [`  ${JSON.stringify(service)}: { ${dev} }`, ...all(beside)]),
    ...block('networks', all(networks)),
    ...block('volumes', all(volumes)),
    '',
  ].join('\n');
}
