import type { Digest } from '../../domain/digest.ts';
import type { VerdictDifference } from '../../domain/verdict.ts';
import type { DockerfileText } from '../../formats/dockerfile-steps.ts';
import type { ContentSource } from '../../ports/content.ts';
import { isContentFault } from '../../store/content-fault.ts';
import { type ExplainedSide, type ExplainOptions, explainPlatforms } from '../../store/explain.ts';
import { readImage } from '../../store/image-content.ts';

interface Side {
  readonly source: ContentSource;
  /** Of one platform. */
  readonly digest: Digest;
  readonly record?: ExplainedSide['record'];
}

/** How one platform that was found differs from the one that was tested; nothing where either cannot be read any more. */
export async function differenceOf(
  tested: Side,
  found: Side,
  { dockerfile, ...options }: ExplainOptions & { readonly dockerfile: DockerfileText | undefined },
): Promise<VerdictDifference | undefined> {
  try {
    const [a, b] = [await platformAt(tested), await platformAt(found)];
    if (a === undefined || b === undefined) return undefined;
    const { layers, config, cause } = await explainPlatforms({ ...a, dockerfile }, { ...b, dockerfile }, options);
    return { dockerfile: dockerfile?.file ?? null, layer: layers[0] ?? null, config, cause };
  } catch (error) {
    if (!isContentFault(error)) throw error;
    return undefined;
  }
}

async function platformAt({ source, digest, record }: Side): Promise<ExplainedSide | undefined> {
  if ((await source.readManifest(digest)) === undefined) return undefined;
  const [content] = (await readImage(source, digest)).platforms;
  return content && { source, content, record };
}
