import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildPrograms, go, startModule } from './go-recipe.ts';
import type { Recipe } from './recipe.ts';

const BUILDX = 'v0.37.2';
/** What buildx does not ask for: the oldest sorting the client compiles with, and a genproto without the split-off parts. */
const NEWER: readonly string[] = [
  'github.com/fvbommel/sortorder@v1.1.0',
  'google.golang.org/genproto@v0.0.0-20260803160001-6ac0973c030d',
];
const ROSETTA = 'github.com/tonistiigi/go-rosetta';

/**
 * The docker command, for machines without one. Its repository has no go.mod, so the versions of its
 * requirements come from buildx, which is built from the same sources.
 */
export const dockerClient: Recipe = {
  name: 'docker-client',
  version: `buildx-${BUILDX}`,
  make: async (workshop) => {
    const module = workshop.temp;
    await startModule(module);
    await replaceRosetta(module);
    await go(module, ['get', `github.com/docker/buildx@${BUILDX}`, ...NEWER]);
    const version = await go(module, ['list', '-m', '-f', '{{.Version}}', 'github.com/docker/cli']);
    await buildPrograms(workshop, module, {
      packages: ['github.com/docker/cli/cmd/docker'],
      stamps: { 'github.com/docker/cli/cli/version.Version': version.trim().replace(/^v|\+incompatible$/g, '') },
    });
  },
};

/** The client asks this library whether it runs on an Apple machine; it is not to be had everywhere. */
async function replaceRosetta(module: string): Promise<void> {
  const stub = path.join(module, 'rosetta');
  await mkdir(stub);
  await writeFile(path.join(stub, 'go.mod'), `module ${ROSETTA}\n`);
  const answers = ['Available', 'Enabled'].map((name) => `func ${name}() bool { return false }\n`);
  await writeFile(path.join(stub, 'rosetta.go'), ['package rosetta\n', ...answers].join('\n'));
  await go(module, ['mod', 'edit', `-require=${ROSETTA}@v0.0.0`, `-replace=${ROSETTA}=./rosetta`]);
}
