import { readRecords } from '../clients/records.ts';
import { ConfigError } from '../domain/errors.ts';
import type { ImageDifference } from '../domain/explain/difference.ts';
import type { ImageRecord } from '../domain/record.ts';
import type { DockerfileText } from '../formats/dockerfile-steps.ts';
import type { Ports } from '../ports/ports.ts';
import { explainPlatforms } from '../store/explain.ts';
import { type ImageContent, readImage } from '../store/image-content.ts';
import { provenDockerfile } from '../store/provenance.ts';
import { readPlace } from './places/place.ts';
import { type ImageSource, openSource } from './places/source.ts';

/** What `slipway explain` takes beside two images. */
export interface ExplainQuestion {
  /** The Dockerfile of both; by default what their provenance holds. */
  readonly dockerfile?: string | undefined;
  readonly target?: string | undefined;
}

interface OpenImage {
  readonly source: ImageSource;
  readonly image: ImageContent;
  readonly record: ImageRecord | undefined;
}

/** Says why two images differ, wherever they are. */
export async function explain(
  ports: Ports,
  [a, b]: readonly [string, string],
  question: ExplainQuestion = {},
): Promise<ImageDifference> {
  const given = await givenDockerfile(ports, question);
  await using one = await openSource(ports, await readPlace(ports.files, a));
  await using other = await openSource(ports, await readPlace(ports.files, b));
  // Awaited here: the places are closed when this returns.
  return await compare(await openImage(one, a), await openImage(other, b), given);
}

async function openImage(source: ImageSource, name: string): Promise<OpenImage> {
  const [only, ...more] = source.images;
  if (only === undefined || more.length > 0) throw notOne(name, source.images.length);
  // Engines, and so their archives, keep an index whole and only those of its members that they pulled.
  const image = await readImage(source.content, only.descriptor.digest, () => {});
  const { remote } = source;
  const found = remote && (await readRecords(remote.registry, remote.repository, image.digest));
  return { source, image, record: found?.records.at(-1)?.record };
}

async function compare(a: OpenImage, b: OpenImage, given: DockerfileText | undefined): Promise<ImageDifference> {
  const all: ImageDifference[] = [];
  const isAlone = a.image.platforms.length === 1 && b.image.platforms.length === 1;
  for (const content of a.image.platforms) {
    // Two lone images are compared whatever they are for: the platform is then one of the keys that differ.
    const other = isAlone
      ? b.image.platforms[0]
      : b.image.platforms.find(({ platform }) => platform === content.platform);
    if (other === undefined) all.push(lacking(content.platform, content.digest, null));
    else {
      const side = async ({ source, image, record }: OpenImage, its: typeof content) => ({
        source: source.content,
        content: its,
        record,
        dockerfile: given ?? (await provenDockerfile(source.content, image, its)),
      });
      all.push(await explainPlatforms(await side(a, content), await side(b, other)));
    }
  }
  const isMore = (platform: string): boolean => !isAlone && !a.image.platforms.some((one) => one.platform === platform);
  for (const { platform, digest } of b.image.platforms) if (isMore(platform)) all.push(lacking(platform, null, digest));
  return joined(all);
}

function lacking(platform: string, a: string | null, b: string | null): ImageDifference {
  const cause = `platform: only the ${a === null ? 'second' : 'first'} has ${platform}`;
  return { same: false, layers: [], config: [{ platform, key: 'manifest', a, b }], cause };
}

/** One answer of those for each platform; a cause that is not that of all of them is none. */
function joined(all: readonly ImageDifference[]): ImageDifference {
  const different = all.filter(({ same }) => !same);
  const causes = [...new Set(different.map(({ cause }) => cause))];
  return {
    same: different.length === 0,
    layers: different.flatMap(({ layers }) => layers),
    config: different.flatMap(({ config }) => config),
    cause: causes.some((cause) => cause === null) || causes.length === 0 ? null : causes.join('; '),
  };
}

async function givenDockerfile({ files }: Ports, question: ExplainQuestion): Promise<DockerfileText | undefined> {
  const { dockerfile: file, target = null } = question;
  if (file === undefined) return undefined;
  const text = await files.readText(file);
  if (text !== undefined) return { text, file, target, buildArgs: {} };
  throw new ConfigError({
    code: 'option-file-missing',
    what: `there is no file ${file}`,
    where: '--dockerfile',
    state: 'nothing was compared',
    next: 'name the Dockerfile that the images were built by, or leave it out',
  });
}

function notOne(name: string, count: number): ConfigError {
  return new ConfigError({
    code: 'image-ambiguous',
    what: count === 0 ? 'there is no image' : `there are ${count} images, and one can be compared`,
    where: name,
    state: 'nothing was compared',
    next: 'name a place with one image; `slipway copy --image` takes one out of several',
  });
}
