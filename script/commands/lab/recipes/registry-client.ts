import { goRecipe } from './go-recipe.ts';

const CRANE = 'v0.22.1';

/** An independent reader of registries: results are checked with it and not with our own client. */
export const crane = goRecipe({
  name: 'crane',
  version: CRANE,
  packages: ['github.com/google/go-containerregistry/cmd/crane'],
  stamps: { 'github.com/google/go-containerregistry/cmd/crane/cmd.Version': CRANE },
});
