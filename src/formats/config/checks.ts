import { z } from 'zod';
import { ConfigError } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { shownText } from '../../domain/shown-text.ts';
import { ExpectConfig } from './expect.ts';
import { TestConfig } from './test.ts';

/** What an image must pass that is written down elsewhere, in a bake or compose file, or found. */
export const ChecksConfig = z
  .strictObject({
    tests: z.array(TestConfig).default([]).describe('Tests, beside those that the image has'),
    expect: ExpectConfig.optional(),
  })
  .describe('What an image must pass that a bake or compose file describes, or that was found');
export type ChecksConfig = z.infer<typeof ChecksConfig>;

interface Checked {
  readonly tests: readonly TestConfig[];
  readonly expect?: ExpectConfig | undefined;
}

/** The images with what is checked of them; checks of an image that there is not would be checks that nobody runs. */
export function withChecks<T extends Checked>(
  images: Readonly<Record<string, T>>,
  checks: Readonly<Record<string, ChecksConfig>>,
  file: string,
): Readonly<Record<string, T>> {
  const checked: Record<string, T> = { ...images };
  for (const [key, { tests, expect }] of Object.entries(checks)) {
    const image = checked[key];
    if (image === undefined) throw noImage(key, Object.keys(images), file);
    checked[key] = { ...image, tests: [...image.tests, ...tests], ...(expect === undefined ? {} : { expect }) };
  }
  return checked;
}

function noImage(key: string, known: readonly string[], file: string): ConfigError {
  const nearest = nearestName(key, known);
  return new ConfigError({
    code: 'checks-unknown-image',
    what: `checks names ${shownText(key)}, and there is no image of that key`,
    where: file,
    state: 'nothing was built',
    next: nearest === undefined ? 'slipway plan --offline lists the keys' : `did you mean ${nearest}?`,
  });
}
