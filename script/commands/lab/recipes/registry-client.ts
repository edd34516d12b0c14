import { goRecipe } from './go-recipe.ts';

const CRANE = 'v0.22.1';
const REGCTL = 'v0.11.7';

/** An independent reader of registries: results are checked with it and not with our own client. */
export const crane = goRecipe({
  name: 'crane',
  version: CRANE,
  packages: ['github.com/google/go-containerregistry/cmd/crane'],
  stamps: { 'github.com/google/go-containerregistry/cmd/crane/cmd.Version': CRANE },
});

/** A second one, that shares no line with the first; it knows referrers and their fallback tags. */
export const regctl = goRecipe({
  name: 'regctl',
  version: REGCTL,
  packages: ['github.com/regclient/regclient/cmd/regctl'],
  stamps: { 'github.com/regclient/regclient/internal/version.vcsTag': REGCTL },
});
