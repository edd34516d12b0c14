import type { Plan } from '../domain/plan.ts';
import { markdownCode, markdownTable, markdownText } from './markdown.ts';
import { planDiagram } from './plan-drawing.ts';
import { rightsText } from './rights-text.ts';

/** The plan in the summary of its job: what, why, on what, and the tags to come. */
export function planSummary(plan: Plan): string {
  const tags = (of: Plan['images'][number]['tags']): string =>
    [...of.immutable, ...of.floating].map(markdownCode).join(', ') || 'none';
  const rows = [
    ...plan.images.map((image) => [
      markdownCode(image.key),
      'build',
      image.needs.map(markdownCode).join(', ') || '–',
      image.platforms.map(markdownText).join(', '),
      tags(image.tags),
      markdownText(`${image.reason}: ${image.why}`),
    ]),
    ...plan.carried.map((image) => [
      markdownCode(image.key),
      'carry over',
      '–',
      '–',
      tags(image.tags),
      markdownText(image.why),
    ]),
  ];
  const diagram = planDiagram(plan.images);
  const also = [...plan.images, ...plan.carried].flatMap(({ key, alsoIn = [], tags: { immutable, floating } }) =>
    alsoIn.length === 0 || immutable.length + floating.length === 0
      ? []
      : [`- ${markdownCode(key)} is published to ${alsoIn.map(markdownCode).join(', ')} as well`],
  );
  const parts = [
    `### Plan: ${plan.images.length} to build, ${plan.carried.length} carried over`,
    `${markdownText(plan.event.name)} of ${markdownCode(plan.event.ref)}. It may ${rightsText(plan.rights)}.`,
    markdownTable(['image', 'what', 'built on', 'platforms', 'tags to come', 'why'], rows),
    ...(also.length === 0 ? [] : [also.join('\n')]),
    ...(diagram === '' ? [] : [diagram]),
    ...plan.notes.map((note) => `> ${markdownText(note)}`),
  ];
  return `${parts.join('\n\n')}\n`;
}
