import { isRebuildable } from '../../domain/cache-plan.ts';
import { type GateMode, isRebuildMode } from '../../domain/gate-mode.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { ProjectConfig } from '../../formats/config-schema.ts';

/** The mode of the gate that a project chose, if it chose one. */
export function gateOf({ gate }: Pick<ProjectConfig, 'gate'>): GateMode | undefined {
  return typeof gate === 'object' ? gate.mode : gate;
}

/** Says before any build which images a second build will not be able to prove. */
export function gateNotes(
  mode: GateMode | undefined,
  images: readonly Pick<PlannedImage, 'key' | 'cache'>[],
): readonly string[] {
  if (mode === undefined || !isRebuildMode(mode)) return [];
  const keys = images.filter(({ cache }) => !isRebuildable(cache)).map(({ key }) => key);
  if (keys.length === 0) return [];
  const which = keys.length > 5 ? `${keys.slice(0, 5).join(', ')} and ${keys.length - 5} more` : keys.join(', ');
  return [
    `gate: ${mode} will find ${which} unverifiable: this run writes no cache, so nobody can build the same again from one`,
  ];
}
