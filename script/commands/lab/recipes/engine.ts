import { goRecipe } from './go-recipe.ts';

const MOBY = 'v2.0.0-beta.24';
const CONTAINERD = 'v2.4.2';

/** The engine of the 29 line: its containerd image store exports OCI layouts for several platforms. */
export const dockerd = goRecipe({
  name: 'dockerd',
  version: MOBY,
  packages: ['github.com/moby/moby/v2/cmd/dockerd'],
  stamps: {
    // Clients compare this version, so it follows the product's line and not the module's.
    'github.com/moby/moby/v2/dockerversion.Version': `29.0.0+moby.${MOBY.slice(1)}`,
    'github.com/moby/moby/v2/dockerversion.GitCommit': MOBY,
  },
});

export const containerd = goRecipe({
  name: 'containerd',
  version: CONTAINERD,
  packages: [
    'github.com/containerd/containerd/v2/cmd/containerd',
    'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
  ],
  stamps: { 'github.com/containerd/containerd/v2/version.Version': CONTAINERD },
});

/** The command line of containerd: a client that pulls and pushes as Kubernetes nodes do. */
export const ctr = goRecipe({
  name: 'ctr',
  version: CONTAINERD,
  packages: ['github.com/containerd/containerd/v2/cmd/ctr'],
  stamps: { 'github.com/containerd/containerd/v2/version.Version': CONTAINERD },
});

/** Debian's runc 1.1 is too old for this engine ("namespace time does not exist"). */
export const runc = goRecipe({
  name: 'runc',
  version: 'v1.5.2',
  packages: ['github.com/opencontainers/runc'],
  tags: 'seccomp',
  cgo: true,
});
