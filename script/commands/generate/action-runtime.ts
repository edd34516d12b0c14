/** The runtime that every action names; one place, since GitHub retires runtimes. */
export const actionRuntime = 'node20';

/** The major version by which the suite's own workflows and pages name its actions. */
export const suiteVersion = 'v1';

/** An action of others, by the full commit of a release. */
export interface Pinned {
  readonly action: string;
  readonly release: string;
}

export const checkout: Pinned = {
  action: 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd',
  release: 'v6.0.2',
};

export const setupQemu: Pinned = {
  action: 'docker/setup-qemu-action@96fe6ef7f33517b61c61be40b68a1882f3264fb8',
  release: 'v4.2.0',
};

export const setupBuildx: Pinned = {
  action: 'docker/setup-buildx-action@37fe631027851001ddb9b187196cc803df7f5f0e',
  release: 'v4.3.0',
};

export const setupLogin: Pinned = {
  action: 'docker/login-action@4907a6ddec9925e35a0a9e82d7399ccc52663121',
  release: 'v4.1.0',
};
