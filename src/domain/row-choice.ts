import { ConfigError } from './errors.ts';
import type { Plan, Row } from './plan.ts';

/** Finds the row that a job is to build: by its id, or for people by its images. */
export function chooseRow(
  plan: Plan,
  wanted: { readonly row?: string | undefined; readonly image: readonly string[] },
): Row {
  const { row: id, image } = wanted;
  const images = namesOf(image);
  const rows = plan.rows.filter(
    (row) => (id === undefined || row.id === id) && (image.length === 0 || namesOf(row.images) === images),
  );
  const [row, ...more] = id === undefined && image.length === 0 ? [] : rows;
  if (row === undefined) throw unknown(plan, id, image);
  if (more.length > 0) throw ambiguous([row, ...more], image);
  return row;
}

function namesOf(images: readonly string[]): string {
  return [...images].sort().join(' ');
}

function unknown(plan: Plan, id: string | undefined, image: readonly string[]): ConfigError {
  const names = [
    ...(id === undefined ? [] : [JSON.stringify(id)]),
    ...(image.length === 0 && id !== undefined ? [] : [`of the images ${JSON.stringify(image.join(' '))}`]),
  ];
  return new ConfigError({
    code: 'row-unknown',
    what: `the plan has no row ${names.join(' ')}`,
    where: id === undefined ? 'the input image' : 'the input row',
    state: 'nothing was built',
    next: `give it matrix.row; the rows are: ${plan.rows
      .map((row) => row.id)
      .join('; ')
      .slice(0, 500)}`,
  });
}

function ambiguous(rows: readonly Row[], image: readonly string[]): ConfigError {
  return new ConfigError({
    code: 'row-ambiguous',
    what: `several rows build parts of ${image.join(', ')}: ${rows.map((row) => row.id).join(', ')}`,
    where: 'the input image',
    state: 'nothing was built',
    next: 'name one of them with the input row: matrix.row',
  });
}
