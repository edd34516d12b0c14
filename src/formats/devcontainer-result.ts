import { z } from 'zod';
import { Privileges } from '../domain/devcontainer/config.ts';

/** How a command of the CLI ended. */
const Outcome = z.looseObject({
  outcome: z.string().optional(),
  message: z.string().optional(),
  description: z.string().optional(),
});

/** A container that the CLI started. */
export const StartedContainer = z.looseObject({
  outcome: z.literal('success'),
  containerId: z.string().regex(/^[0-9a-f]{12,64}$/),
  remoteUser: z.string(),
  remoteWorkspaceFolder: z.string(),
});
export type StartedContainer = z.infer<typeof StartedContainer>;

/** What the CLI says about the Features of a configuration. */
export const ReadConfiguration = z.looseObject({
  featuresConfiguration: z
    .looseObject({
      featureSets: z
        .array(
          z.looseObject({
            sourceInformation: z.looseObject({ userFeatureId: z.string().optional(), type: z.string().optional() }),
            computedDigest: z.string().optional(),
          }),
        )
        .default([]),
    })
    .optional(),
});
export type ReadConfiguration = z.infer<typeof ReadConfiguration>;

/** The last line of the output that is a JSON object; the CLI writes one, and tools below it may write more. */
export function resultIn(stdout: string): unknown {
  for (const line of stdout.trim().split('\n').reverse()) {
    const text = line.trim();
    if (!text.startsWith('{') || !text.endsWith('}')) continue;
    try {
      return JSON.parse(text);
    } catch {
      // It only looked like one.
    }
  }
  return undefined;
}

/** What a result says went wrong. */
export function faultIn(result: unknown): string | undefined {
  const read = Outcome.safeParse(result);
  if (!read.success || read.data.outcome === 'success') return undefined;
  const { description, message } = read.data;
  return [description, message].find((text) => text !== undefined && text !== '');
}

/** The label by which an image carries what its configuration said. */
export const metadataLabel = 'devcontainer.metadata';

const Metadata = z.union([z.array(Privileges), Privileges]);

/** What the label of an image asks for; one that cannot be read asks for nothing that a CLI would heed. */
export function privilegesOfLabel(label: unknown): readonly Privileges[] {
  if (typeof label !== 'string') return [];
  try {
    const read = Metadata.safeParse(JSON.parse(label));
    if (!read.success) return [];
    return Array.isArray(read.data) ? read.data : [read.data];
  } catch {
    return [];
  }
}

const hooks = ['onCreateCommand', 'updateContentCommand', 'postCreateCommand', 'postStartCommand', 'postAttachCommand'];

/** Tells whether the label of a container names anything to be run before somebody works in it. */
export function hasHooks(label: string): boolean {
  return privilegesOfLabel(label).some((entry) => hooks.some((name) => entry[name] !== undefined));
}
