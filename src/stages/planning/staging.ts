import { ConfigError } from '../../domain/errors.ts';
import { parseRepository, type Repository } from '../../domain/image-ref.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { Rights } from '../../domain/rights.ts';
import type { Staging } from '../../domain/staging.ts';
import { gateOf } from './gate-notes.ts';
import type { PlanInputs } from './plan-inputs.ts';

const usualTemplate = '{name}-staging';

/** How a run keeps proven images until their tags. */
export interface PlannedStaging {
  readonly kind: Staging | undefined;
  /** An image of the plan, with the repository where it lies until then, if that is another one. */
  add(image: PlannedImage): PlannedImage;
}

/** Reads `stage`; a run that uploads nothing needs none. */
export function stagingOf(
  { config, configFile, prefix }: Pick<PlanInputs, 'config' | 'configFile' | 'prefix'>,
  rights: Rights,
  all: readonly { readonly key: string; readonly repository: Repository }[],
): PlannedStaging {
  const { stage = 'digest' } = config;
  const asIs: PlannedStaging['add'] = (image) => image;
  if (stage === 'archive') refuseOtherGate(gateOf(config), configFile);
  if (stage === 'digest' || !rights.stage) return { kind: undefined, add: asIs };
  if (stage === 'tag' || stage === 'archive') return { kind: stage, add: asIs };
  const template = typeof stage === 'object' ? stage.repository : usualTemplate;
  const places = placesBy(template, { prefix, where: `stage in ${configFile}` }, all);
  return {
    kind: 'repository',
    add: (image) => {
      const stagedIn = places.get(image.key);
      return stagedIn === undefined ? image : { ...image, stagedIn };
    },
  };
}

function placesBy(
  template: string,
  { prefix, where }: { readonly prefix: string; readonly where: string },
  all: readonly { readonly key: string; readonly repository: Repository }[],
): ReadonlyMap<string, Repository> {
  if (!template.includes('{name}')) throw badTemplate(`"${template}" has no {name}`, where);
  const published = new Set<string>(all.map(({ repository }) => repository));
  const base = parseRepository(`${prefix}/image`, where).slice(0, -'image'.length);
  return new Map(
    all.map(({ key, repository }) => {
      const place = parseRepository(`${prefix}/${template.replaceAll('{name}', repository.slice(base.length))}`, where);
      if (published.has(place)) throw badTemplate(`${place} is where images are published`, where);
      return [key, place];
    }),
  );
}

function badTemplate(what: string, where: string): ConfigError {
  return new ConfigError({
    code: 'stage-repository-invalid',
    what,
    where,
    state: 'nothing was built',
    next: `write a name that no image is published under, such as ${usualTemplate}`,
  });
}

/** What is not in the registry cannot be compared there. */
function refuseOtherGate(gate: string | undefined, configFile: string): void {
  if (gate === undefined || gate === 'archive') return;
  throw new ConfigError({
    code: 'stage-gate-mismatch',
    what: `with stage: archive nothing lies in the registry that gate: ${gate} could look at`,
    where: `gate in ${configFile}`,
    state: 'nothing was built',
    next: 'leave gate out, or write gate: archive',
  });
}
