import { goRecipe } from './go-recipe.ts';

const BUILDX = 'v0.37.2';
const BUILDKIT = 'v0.33.0';
const COMPOSE = 'v5.5.1';

export const buildx = goRecipe({
  name: 'buildx',
  version: BUILDX,
  packages: ['github.com/docker/buildx/cmd/buildx'],
  stamps: { 'github.com/docker/buildx/version.Version': BUILDX },
  renames: { buildx: 'docker-buildx' },
});

export const buildkit = goRecipe({
  name: 'buildkit',
  version: BUILDKIT,
  packages: ['github.com/moby/buildkit/cmd/buildkitd', 'github.com/moby/buildkit/cmd/buildctl'],
  stamps: { 'github.com/moby/buildkit/version.Version': BUILDKIT },
});

/** What starts the services of a compose file; the line that follows version 2. */
export const compose = goRecipe({
  name: 'compose',
  version: COMPOSE,
  packages: ['github.com/docker/compose/v5/cmd'],
  stamps: { 'github.com/docker/compose/v5/internal.Version': COMPOSE },
  renames: { cmd: 'docker-compose' },
});
