import { isTag, parseImageRef, refText, type Tag } from '../domain/image-ref.ts';
import { type OciDescriptor, refNameAnnotation } from '../formats/oci.ts';

/** The annotation by which containerd and engines name an image in full; `ref.name` is then its tag alone. */
const fullNameAnnotation = 'io.containerd.image.name';

/** What an entry of an index calls its image: the full name, where one is given. */
export function nameOf({ annotations }: Pick<OciDescriptor, 'annotations'>): string | undefined {
  return annotations?.[fullNameAnnotation] ?? annotations?.[refNameAnnotation];
}

/** The annotations that give an image a name which engines, BuildKit and we read alike. */
export function nameAnnotations(name: string): Readonly<Record<string, string>> {
  const full = fullName(name);
  return full === undefined
    ? { [refNameAnnotation]: name }
    : { [fullNameAnnotation]: full.text, [refNameAnnotation]: full.tag };
}

/** A name that is a reference with a tag, in its one spelling. */
export function fullName(name: string): { readonly text: string; readonly tag: Tag } | undefined {
  try {
    const { repository, tag } = parseImageRef(name, 'a name in a list of images');
    // A bare word is somebody's own name for it and no repository of Docker Hub.
    return tag === undefined ? undefined : { text: refText({ repository, tag }), tag };
  } catch {
    return undefined;
  }
}

/** Tells whether what a person wrote means a name: the same text, the same reference, or its tag. */
export function isNamed(name: string, wanted: string): boolean {
  if (name === wanted) return true;
  const full = fullName(name);
  if (full === undefined) return false;
  return full.text === fullName(wanted)?.text || (isTag(wanted) && full.tag === wanted);
}
