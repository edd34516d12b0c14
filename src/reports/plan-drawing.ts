import type { Plan } from '../domain/plan.ts';

type Image = Pick<Plan['images'][number], 'key' | 'needs'>;

/** Larger graphs are no help to anybody. */
const mostDrawn = 100;

/** Which image is built on which, as a tree: each stands below the first that it needs, with the others beside it. */
export function planTree(images: readonly Image[]): readonly string[] {
  if (!isWorthDrawing(images)) return [];
  const keys = new Set(images.map(({ key }) => key));
  const parentOf = ({ needs }: Image): string | undefined => needs.find((key) => keys.has(key));
  const below = (parent: string | undefined): readonly Image[] => images.filter((one) => parentOf(one) === parent);
  const lines: string[] = [];
  const draw = (image: Image, first: string, rest: string): void => {
    const others = image.needs.filter((key) => key !== parentOf(image));
    lines.push(`${first}${image.key}${others.length === 0 ? '' : ` (also on ${others.join(', ')})`}`);
    const children = below(image.key);
    for (const [index, child] of children.entries()) {
      const isLast = index === children.length - 1;
      draw(child, `${rest}${isLast ? '└── ' : '├── '}`, `${rest}${isLast ? '    ' : '│   '}`);
    }
  };
  for (const root of below(undefined)) draw(root, '', '');
  return lines;
}

/** The same as a diagram that GitHub draws; empty where there is nothing to see. Keys are plain, so they need no escaping. */
export function planDiagram(images: readonly Image[]): string {
  if (!isWorthDrawing(images)) return '';
  const places = new Map(images.map(({ key }, index) => [key, `i${index}`]));
  const nodes = images.map(({ key }) => `  ${places.get(key)}["${key}"]`);
  const edges = images.flatMap(({ key, needs }) =>
    needs.flatMap((base) => (places.has(base) ? [`  ${places.get(base)} --> ${places.get(key)}`] : [])),
  );
  return ['```mermaid', 'graph LR', ...nodes, ...edges, '```'].join('\n');
}

function isWorthDrawing(images: readonly Image[]): boolean {
  const keys = new Set(images.map(({ key }) => key));
  return images.length <= mostDrawn && images.some(({ needs }) => needs.some((key) => keys.has(key)));
}
