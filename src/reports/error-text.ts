import { placeText, type SlipwayError } from '../domain/errors.ts';
import { inertText } from '../domain/inert-text.ts';

/** The four parts of an error, for a terminal. */
export function errorText(error: SlipwayError): string {
  const where = error.where === undefined ? [] : [`  where: ${inertText(placeText(error.where))}`];
  return [
    `error ${error.code}: ${indented(error.what)}`,
    ...where,
    `  state: ${indented(error.state)}`,
    `  next:  ${indented(error.next)}`,
    '',
  ].join('\n');
}

function indented(text: string): string {
  return text.split('\n').map(inertText).join('\n         ');
}
