import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chanceOf } from '../../../test/support/fault-proxy/random.ts';

/** How a tree of images lies on disk, and what is built on what. */
export const shapes = {
  flat: 'a folder for each image, bases at random',
  nested: 'the same, three folders deep',
  files: 'the same as flat, with 20 more files in each folder',
  chain: 'each image is built on the one before',
  star: 'all images are built on the first',
  family: 'one Dockerfile, and a slipway.yml with a matrix',
  shared: 'one folder with all Dockerfiles, which is the context of every image of a matrix',
  lone: 'one Dockerfile in the root',
} as const;
export type Shape = keyof typeof shapes;

/** A tree to be made; the same seed makes the same one. */
export interface TreeWish {
  readonly shape: Shape;
  readonly images: number;
  readonly seed: number;
}

/** Writes a tree of images below a folder, and commits it. */
export function makeTree(folder: string, wish: TreeWish): void {
  for (const [name, text] of treeFiles(wish)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const git = (...args: readonly string[]): void => {
    const env = { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
    const user = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', '-c', 'gc.auto=0'];
    execFileSync('git', ['-C', folder, ...user, ...args], { env, stdio: 'ignore' });
  };
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'A tree');
}

function* treeFiles({ shape, images, seed }: TreeWish): Iterable<readonly [string, string]> {
  yield ['README.md', 'Made to be planned.\n'];
  if (shape === 'lone') yield ['Dockerfile', dockerfileOn('docker.io/library/alpine:3.20', undefined)];
  if (shape === 'family' || shape === 'shared') yield* matrixFiles(shape, images);
  if (shape === 'lone' || shape === 'family' || shape === 'shared') return;
  for (let place = 0; place < images; place += 1) {
    const folder = folderOf(shape, place);
    yield [`${folder}/Dockerfile`, dockerfileOf(shape, place, seed)];
    yield [`${folder}/app.sh`, `#!/bin/sh\necho image ${place}\n`];
    for (let more = 0; shape === 'files' && more < 20; more += 1) {
      yield [`${folder}/src/${more % 4}/file-${more}.txt`, `${place} ${more}\n`.repeat(40)];
    }
  }
}

function* matrixFiles(shape: 'family' | 'shared', images: number): Iterable<readonly [string, string]> {
  // A name of a matrix has a limited number of values, so there are two.
  const columns = Math.max(1, Math.floor(images / 100));
  const numbers = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, place) => `${place}`));
  const matrix = `{a: ${numbers(images / columns)}, b: ${numbers(columns)}}`;
  const dockerfile = shape === 'family' ? 'Dockerfile' : 'Dockerfile.{a}-{b}';
  const fields = `key: "p{a}-{b}", context: app, dockerfile: "${dockerfile}", build-args: {POINT: "{a}-{b}"}`;
  yield ['slipway.yml', `families:\n  all: {${fields}, matrix: ${matrix}}\n`];
  const text = dockerfileOn('docker.io/library/alpine:3.20', undefined);
  yield ['app/app.sh', '#!/bin/sh\necho app\n'];
  if (shape === 'family') yield ['app/Dockerfile', text];
  for (let place = 0; shape === 'shared' && place < images; place += 1) {
    yield [`app/Dockerfile.${Math.floor(place / columns)}-${place % columns}`, text];
  }
}

function dockerfileOf(shape: Shape, place: number, seed: number): string {
  const chance = (what: string): number => chanceOf(seed, what, place);
  const earlier = (what: string): string => `\${BASE}/${keyOf(shape, Math.floor(chance(what) * place))}:\${TAG:-main}`;
  const outside = `docker.io/library/base-${Math.floor(chance('outside') * 40)}:1`;
  if (shape === 'chain') return dockerfileOn(place === 0 ? outside : `\${BASE}/${nameOf(place - 1)}:main`, undefined);
  if (shape === 'star') return dockerfileOn(place === 0 ? outside : `\${BASE}/${nameOf(0)}:main`, undefined);
  const base = place === 0 || chance('kind') < 0.2 ? outside : earlier('base');
  return dockerfileOn(base, place > 0 && chance('copies') < 0.3 ? earlier('copied') : undefined);
}

/** Arguments within arguments, two stages, a line that goes on, and a text that looks like instructions. */
function dockerfileOn(base: string, copied: string | undefined): string {
  return `# syntax=docker/dockerfile:1
ARG HOST=registry.example.com
ARG BASE=\${HOST}/team/images
ARG TAG
FROM ${base} AS made
RUN apk add --no-cache \\
      build-base \\
      # what git needs
      git
RUN <<END
echo FROM nothing
make all
END
${copied === undefined ? '' : `FROM ${copied} AS other\n`}FROM made
${copied === undefined ? '' : 'COPY --from=other /data /data\n'}COPY . /app
CMD ["/app/app.sh"]
`;
}

function folderOf(shape: Shape, place: number): string {
  return `images/${shape === 'nested' ? nestedParts(place).join('/') : nameOf(place)}`;
}

function keyOf(shape: Shape, place: number): string {
  return shape === 'nested' ? nestedParts(place).join('-') : nameOf(place);
}

function nestedParts(place: number): readonly string[] {
  return [`group-${place % 25}`, `team-${Math.floor(place / 25) % 20}`, nameOf(place)];
}

function nameOf(place: number): string {
  return `image-${String(place).padStart(5, '0')}`;
}
