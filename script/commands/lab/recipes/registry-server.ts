import { goRecipe } from './go-recipe.ts';

const DISTRIBUTION = 'v3.1.2';

/** Today's reference registry. Its program is called "registry", and so are others. */
export const distribution = goRecipe({
  name: 'distribution',
  version: DISTRIBUTION,
  packages: ['github.com/distribution/distribution/v3/cmd/registry'],
  stamps: { 'github.com/distribution/distribution/v3/version.version': DISTRIBUTION },
  renames: { registry: 'distribution' },
});
