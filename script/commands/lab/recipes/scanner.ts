import { goRecipe } from './go-recipe.ts';

/** A scanner whose database is a zip of advisories, so that a test can bring its own. Of the three that are supported it is the smallest to build. */
export const osvScanner = goRecipe({
  name: 'osv-scanner',
  version: 'v2.5.1',
  packages: ['github.com/google/osv-scanner/v2/cmd/osv-scanner'],
});
