import { parseImageRef, pathOf, type Repository } from '../../domain/image-ref.ts';
import type { PlannedBase } from '../../domain/plan.ts';
import type { DockerfileBase } from '../../formats/dockerfile.ts';

/** An image of the set, as far as a FROM line can name it. */
export interface SetMember {
  readonly key: string;
  readonly repository: Repository;
  /** The folder that it is built from. */
  readonly context: string;
}

/** The images of a set, to be found by what FROM lines say. */
export interface SetIndex {
  at(repository: Repository): SetMember | undefined;
  /** The one whose repository ends with this path, else the one whose folder does; none where several do. */
  endingWith(path: string): SetMember | undefined;
}

/** Where this run publishes to, and where the files of the repository say that it is. */
export interface SetPlaces {
  readonly prefix: string;
  readonly home: string | undefined;
}

/** Indexes the images of a set: a large one has thousands of FROM lines. */
export function indexSet(images: readonly SetMember[], { prefix, home }: SetPlaces): SetIndex {
  const byRepository = new Map<string, SetMember>(images.map((image) => [image.repository, image]));
  // Who runs it into a registry at a desk does not rewrite the lines that name the images in full.
  for (const image of images) {
    if (home === undefined || !image.repository.startsWith(`${prefix}/`)) continue;
    const named = `${home}${image.repository.slice(prefix.length)}`;
    if (!byRepository.has(named)) byRepository.set(named, image);
  }
  const endOf = [
    indexEnds(images, ({ repository }) => pathOf(repository)),
    // Somebody who moves the folders of a project to a deeper place does not rename what is in them.
    indexEnds(images, ({ context }) => context),
  ];
  return {
    at: (repository) => byRepository.get(repository),
    endingWith(path) {
      const found = endOf.map((find) => find(path)).find((some) => some.length > 0) ?? [];
      return found.length === 1 ? found[0] : undefined;
    },
  };
}

/** Finds images by how a path of theirs ends, whole parts of it alone. */
function indexEnds(
  images: readonly SetMember[],
  pathIn: (image: SetMember) => string,
): (end: string) => readonly SetMember[] {
  const byName = new Map<string, SetMember[]>();
  for (const image of images) {
    const name = lastPart(pathIn(image));
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [image]);
    else known.push(image);
  }
  return (end) => (byName.get(lastPart(end)) ?? []).filter((image) => `/${pathIn(image)}`.endsWith(`/${end}`));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Where a base was found. */
export interface BaseUser {
  /** The image whose Dockerfile names it. */
  readonly key: string;
  /** That Dockerfile. */
  readonly file: string;
}

/** Tells whether a base is an image of the set: by its repository, under whatever tag, or by its name under a prefix made of arguments. */
export function linkBase(base: DockerfileBase, user: BaseUser, images: SetIndex): PlannedBase {
  const key = memberOf(base, user, images)?.key ?? null;
  const digest = key === null ? (refOf(base, user).digest ?? null) : null;
  return { reference: base.reference, key, digest, platforms: {} };
}

function memberOf(base: DockerfileBase, user: BaseUser, images: SetIndex): SetMember | undefined {
  // Somebody who names a digest wants that one, and not what this run makes.
  if (base.reference.includes('@')) return undefined;
  // Without its arguments it may be no reference at all, such as `/base:`.
  if (!base.fromVariable) return images.at(refOf(base, user).repository);
  const exact = base.unset.length > 0 ? undefined : images.at(refOf(base, user).repository);
  if (exact !== undefined) return exact;
  const named = images.endingWith(base.fixedEnd);
  // An image called python may well be built on the python of a mirror, and not on itself.
  return named?.key === user.key ? undefined : named;
}

function refOf(base: DockerfileBase, user: BaseUser): ReturnType<typeof parseImageRef> {
  return parseImageRef(base.reference, `${user.file}:${base.line}`);
}
