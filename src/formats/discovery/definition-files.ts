/** The files of a repository's root that bake or compose would read, in the order in which they are merged. */
export interface DefinitionFiles {
  readonly bake: readonly string[];
  readonly compose: readonly string[];
  /** Files that look like one of them, with the reason why docker does not read them. */
  readonly passedOver: readonly string[];
}

const bakeNames = ['docker-bake.json', 'docker-bake.hcl'];
const bakeOverrides = ['docker-bake.override.json', 'docker-bake.override.hcl'];
const composeNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const composeOverrides = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** Tells whether a name is one under which docker looks for a bake or compose file. */
export function isDefinitionName(name: string): boolean {
  return [...bakeNames, ...composeNames].includes(name);
}

/** Chooses among the names in a folder as `docker buildx bake` and `docker compose` do. */
export function chooseDefinitionFiles(names: readonly string[]): DefinitionFiles {
  const present = (known: readonly string[]): readonly string[] => known.filter((name) => names.includes(name));
  const bake = present(bakeNames);
  const [compose, ...otherCompose] = present(composeNames);
  const [override, ...otherOverrides] = present(composeOverrides);
  const first = (name: string, winner: string): string => `${name} was not taken: docker compose prefers ${winner}`;
  const alone = (name: string): string => `${name} was not taken: there is no file that it could be laid over`;
  return {
    bake: bake.length === 0 ? [] : [...bake, ...present(bakeOverrides)],
    compose: compose === undefined ? [] : [compose, ...(override === undefined ? [] : [override])],
    passedOver: [
      ...(bake.length === 0 ? present(bakeOverrides).map(alone) : []),
      ...otherCompose.map((name) => first(name, compose ?? '')),
      ...(compose === undefined ? present(composeOverrides).map(alone) : []),
      ...(compose === undefined ? [] : otherOverrides.map((name) => first(name, override ?? ''))),
      ...names.filter(isNearMiss).map((name) => `${name} was not taken: docker looks for no file of that name`),
    ],
  };
}

function isNearMiss(name: string): boolean {
  const known = [...bakeNames, ...bakeOverrides, ...composeNames, ...composeOverrides];
  return /^(?:(?:docker-)?compose\b.*\.ya?ml|(?:docker-)?bake\b.*\.(?:hcl|json))$/.test(name) && !known.includes(name);
}
