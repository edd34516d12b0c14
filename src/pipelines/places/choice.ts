import { isDigest } from '../../domain/digest.ts';
import { ConfigError, RemoteError } from '../../domain/errors.ts';
import type { ListedImage } from '../../store/listing.ts';
import { isNamed } from '../../store/names.ts';
import type { ImageSource } from './source.ts';

/** The image that is meant: the only one, or the one of a name or a digest; a platform of an image has a digest too. */
export async function chooseImage(source: ImageSource, wanted: string | undefined): Promise<ListedImage> {
  const { images, content } = source;
  const [only, ...more] = images;
  if (only === undefined) {
    throw new RemoteError({
      code: 'image-absent',
      what: 'it lists no image',
      where: content.name,
      state: 'nothing was copied',
      next: 'name a place that an image was written to',
    });
  }
  if (wanted === undefined) {
    if (more.length === 0) return only;
    throw unclear('image-ambiguous', `it lists ${images.length} images`, source);
  }
  const matching = images.filter(({ descriptor, names }) => {
    return descriptor.digest === wanted || names.some((name) => isNamed(name, wanted));
  });
  const [found, ...others] = matching;
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined) throw unclear('image-ambiguous', `${JSON.stringify(wanted)} names several images`, source);
  const raw = isDigest(wanted) ? await content.readManifest(wanted) : undefined;
  if (raw === undefined) throw unclear('image-unknown', `it lists no image ${JSON.stringify(wanted)}`, source);
  const { digest, mediaType, bytes } = raw;
  return { descriptor: { digest, mediaType, size: bytes.length }, names: [] };
}

const mostListed = 20;

function unclear(code: string, what: string, { images, content }: ImageSource): ConfigError {
  const listed = images.slice(0, mostListed).map(({ descriptor, names }) => names[0] ?? descriptor.digest);
  const rest = images.length > mostListed ? ` and ${images.length - mostListed} more` : '';
  const next = `choose with --image one of: ${listed.join(', ')}${rest}`;
  return new ConfigError({ code, what, where: content.name, state: 'nothing was copied', next });
}
