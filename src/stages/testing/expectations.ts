import { disappointments, type Expectation } from '../../domain/expectation.ts';
import type { PlatformRecord } from '../../domain/record.ts';
import { expectationsName, type TestResult } from '../../domain/test-result.ts';
import type { Clock } from '../../ports/clock.ts';
import { readImage } from '../../store/image-content.ts';
import { readImageFacts } from '../../store/image-facts.ts';
import type { Store } from '../../store/store.ts';

const shownUnmet = 100;

/** Compares one platform of an image with what was expected of it, by the bytes in the store alone. */
export async function checkExpectation(
  { clock }: { readonly clock: Clock },
  { store, platform }: { readonly store: Store; readonly platform: PlatformRecord },
  expected: Expectation,
): Promise<TestResult> {
  const started = clock.now().getTime();
  const { present, absent } = expected.files;
  const content = await readImage(store, platform.digest);
  const [image] = content.platforms;
  if (image === undefined) throw new Error('unreachable: an image without a platform is refused');
  const { facts, layers } = await readImageFacts(store, image, [...present, ...absent]);
  const unmet = disappointments(expected, facts).slice(0, shownUnmet);
  return {
    name: expectationsName,
    platform: platform.platform,
    state: unmet.length === 0 ? 'passed' : 'failed',
    exitCode: unmet.length === 0 ? 0 : 1,
    durationMs: clock.now().getTime() - started,
    engineImage: platform.digest,
    reason: unmet.slice(0, 5).join('; ') + (unmet.length > 5 ? `; and ${unmet.length - 5} more` : ''),
    kind: 'expect',
    unmet: [...unmet],
    layers: [...layers],
  };
}
