import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { version } from '../../../src/entries/version.ts';

it('the version is the one that package.json says', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ name: 'slipway', version });
});
