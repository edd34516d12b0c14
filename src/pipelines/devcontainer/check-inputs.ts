import { hazards } from '../../domain/devcontainer/refusals.ts';
import { ConfigError } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';

/** Refuses what the form of an input alone does not show to be wrong. */
export function checkInputs(inputs: {
  readonly allow: readonly string[];
  readonly 'cache-to': readonly string[];
}): void {
  const unknown = inputs.allow.find((name) => !hazards.some((hazard) => hazard === name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, hazards);
    throw invalid('allow', `${JSON.stringify(unknown.slice(0, 80))} is nothing that can be allowed`, {
      next: nearest === undefined ? `choose from: ${hazards.join(', ')}` : `did you mean ${nearest}?`,
    });
  }
  if (inputs['cache-to'].length > 1) {
    const next = 'name one; the CLI of dev containers would make one place of several';
    throw invalid('cache-to', `it names ${inputs['cache-to'].length} places to write to`, { next });
  }
}

function invalid(name: string, what: string, { next }: { readonly next: string }): ConfigError {
  return new ConfigError({ code: 'input-invalid', what, where: `with: ${name}`, state: 'nothing was done', next });
}
