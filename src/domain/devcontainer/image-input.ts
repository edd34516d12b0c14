import { ConfigError } from '../errors.ts';
import { parseImageRef, type Repository, type Tag } from '../image-ref.ts';

/** Where the images of a dev container are published, and the tag that moves with the default branch. */
export interface PublishedName {
  readonly repository: Repository;
  readonly floating: Tag;
}

/** Reads the name of the image as people write it, also with the upper case of an owner's name, and with or without a tag. */
export function readImageInput(text: string, where: string): PublishedName {
  const slash = text.lastIndexOf('/');
  const colon = text.indexOf(':', slash + 1);
  const at = text.indexOf('@', slash + 1);
  const nameEnd = Math.min(...[colon, at].filter((end) => end >= 0), text.length);
  // Names of accounts may have capitals, and repositories may not; a tag is another one in another case.
  const lower = text.slice(0, nameEnd).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  // By digest nothing can be published, and the parser says so best.
  const rest = text.slice(nameEnd);
  const ref = parseImageRef(at >= 0 ? text : `${lower}${rest === '' ? ':latest' : rest}`, where);
  if (ref.tag === undefined || ref.digest !== undefined) throw byDigest(text, where);
  return { repository: ref.repository, floating: ref.tag };
}

function byDigest(text: string, where: string): ConfigError {
  return new ConfigError({
    code: 'devcontainer-image-digest',
    what: `${text.slice(0, 200)} names a digest, and an image that is published has none before it is built`,
    where,
    state: 'nothing was built',
    next: 'write the repository alone, or with the tag that is to move, such as ghcr.io/owner/devcontainer:latest',
  });
}
