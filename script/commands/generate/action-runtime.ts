/** The runtime that every action names; one place, since GitHub retires runtimes. */
export const actionRuntime = 'node20';

/** The major version by which the suite's own workflows and pages name its actions. */
export const suiteVersion = 'v1';

/** Checkout, by the full commit of a release. */
export const checkout = {
  action: 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd',
  release: 'v6.0.2',
} as const;
