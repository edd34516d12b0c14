import { z } from 'zod';
import { decodedBase64 } from './buildkit-warning.ts';
import type { DockerfileText } from './dockerfile-steps.ts';

const Args = z.record(z.string(), z.string()).nullish();
const Source = z.looseObject({
  infos: z
    .array(
      z.looseObject({ filename: z.string().nullish(), language: z.string().nullish(), data: z.string().nullish() }),
    )
    .nullish(),
});

/** The parts of BuildKit's provenance that name the Dockerfile, in both versions of SLSA. */
const Statement = z.looseObject({
  predicate: z.looseObject({
    invocation: z.looseObject({ parameters: z.looseObject({ args: Args }).nullish() }).nullish(),
    metadata: z
      .looseObject({
        'https://mobyproject.org/buildkit@v1#metadata': z.looseObject({ source: Source.nullish() }).nullish(),
      })
      .nullish(),
    buildDefinition: z
      .looseObject({
        externalParameters: z.looseObject({ request: z.looseObject({ args: Args }).nullish() }).nullish(),
      })
      .nullish(),
    runDetails: z
      .looseObject({
        metadata: z.looseObject({ buildkit_metadata: z.looseObject({ source: Source.nullish() }).nullish() }).nullish(),
      })
      .nullish(),
  }),
});

/** What begins the media type of an attestation's statement. */
export const statementType = 'application/vnd.in-toto+json';

/** The Dockerfile that a statement says an image was built by; nothing where it does not say it. */
export function dockerfileIn(text: string): DockerfileText | undefined {
  const read = Statement.safeParse(parsed(text));
  if (!read.success) return undefined;
  const { invocation, metadata, buildDefinition, runDetails } = read.data.predicate;
  const source =
    metadata?.['https://mobyproject.org/buildkit@v1#metadata']?.source ??
    runDetails?.metadata?.buildkit_metadata?.source;
  const args = invocation?.parameters?.args ?? buildDefinition?.externalParameters?.request?.args ?? {};
  const infos = source?.infos ?? [];
  // A file of another language is some other frontend's, and several are nobody knows which.
  const [info, ...more] = infos.filter(({ language }) => language === 'Dockerfile' || infos.length === 1);
  if (info?.data == null || more.length > 0) return undefined;
  const buildArgs = Object.entries(args).flatMap(([key, value]): (readonly [string, string])[] =>
    key.startsWith('build-arg:') ? [[key.slice('build-arg:'.length), value]] : [],
  );
  return {
    text: decodedBase64(info.data),
    file: info.filename ?? 'Dockerfile',
    target: args.target ?? null,
    buildArgs: Object.fromEntries(buildArgs),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
