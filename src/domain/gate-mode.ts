import { z } from 'zod';

/** What the gate compares with what was tested: what is published, a kept store, or what a second build makes. */
export const GateMode = z.enum(['promote', 'archive', 'rebuild', 'layers']);
export type GateMode = z.infer<typeof GateMode>;

/** The modes that build a second time. */
export type RebuildMode = Extract<GateMode, 'rebuild' | 'layers'>;

/** Whether a mode builds a second time, from the cache. */
export function isRebuildMode(mode: GateMode): mode is RebuildMode {
  return mode === 'rebuild' || mode === 'layers';
}

/** What the mode `layers` says wherever it is used. */
export const layersWarning =
  'the mode layers compares files alone: it cannot see a changed ENTRYPOINT, CMD, ENV, USER, WORKDIR, HEALTHCHECK, VOLUME, EXPOSE, ONBUILD or LABEL, a swapped platform, other history, compression, annotations or attestations';
