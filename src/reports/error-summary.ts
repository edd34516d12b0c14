import { placeText, type SlipwayError } from '../domain/errors.ts';
import { markdownCode, markdownText } from './markdown.ts';

/** The four parts of an error, for the summary of a job. */
export function errorSummary(error: SlipwayError, about?: string): string {
  const where = error.where === undefined ? [] : [`- **where** ${markdownCode(placeText(error.where))}`];
  return [
    `#### ${about === undefined ? '' : `${markdownCode(about)}: `}${markdownCode(error.code)}`,
    '',
    markdownText(error.what),
    '',
    ...where,
    `- **state** ${markdownText(error.state)}`,
    `- **next** ${markdownText(error.next)}`,
  ].join('\n');
}
