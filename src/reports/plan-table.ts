import { inertText } from '../domain/inert-text.ts';
import type { Plan } from '../domain/plan.ts';
import { planTree } from './plan-drawing.ts';
import { rightsText } from './rights-text.ts';
import { table } from './table.ts';

/** A plan as a person reads it: what, why, on what, and the tags to come. */
export function planText(plan: Plan): string {
  const rows = [
    ...plan.images.map((image) => [
      image.key,
      'build',
      image.needs.length === 0 ? '-' : `on ${image.needs.join(', ')}`,
      image.platforms.join(', '),
      tagText(image.tags),
      `${image.reason}: ${image.why}`,
    ]),
    ...plan.carried.map((image) => [image.key, 'carry', '-', '-', tagText(image.tags), image.why]),
  ];
  const tree = planTree(plan.images);
  const also = [...plan.images, ...plan.carried].flatMap(({ key, alsoIn = [], tags: { immutable, floating } }) =>
    alsoIn.length === 0 || immutable.length + floating.length === 0
      ? []
      : [`${key} is published to ${alsoIn.join(', ')} as well`],
  );
  const lines = [
    inertText(headline(plan)),
    `It may ${rightsText(plan.rights)}.${isFresh(plan) ? ' Everything is built anew.' : ''}`,
    '',
    ...table([['image', 'what', 'needs', 'platforms', 'tags', 'why'], ...rows]),
    ...(also.length === 0 ? [] : ['', ...also]),
    ...(tree.length === 0 ? [] : ['', ...tree]),
    ...(plan.notes.length === 0 ? [] : ['', ...plan.notes.map((note) => inertText(`note: ${note}`))]),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(plan: Plan): string {
  const what = plan.images.length === 0 ? 'nothing to build' : `${plan.images.length} to build`;
  return `${plan.event.name} of ${plan.event.ref}: ${what}, ${plan.carried.length} carried over`;
}

function tagText(tags: Plan['images'][number]['tags']): string {
  return [...tags.immutable, ...tags.floating].join(', ') || 'none';
}

function isFresh({ images }: Plan): boolean {
  return images.length > 0 && images.every(({ cache }) => cache.fresh);
}
