import { z } from 'zod';
import { SlipwayConfig } from '../../../src/formats/config-schema.ts';
import { formatted } from './formatted.ts';
import type { GeneratedFile } from './generated-file.ts';

const path = 'docs/slipway.schema.json';

/** What editors check `slipway.yml` against: the file as people write it, where a default may be left out. */
export const configSchema: GeneratedFile = {
  path,
  async make({ repository }) {
    const schema = z.toJSONSchema(SlipwayConfig, { io: 'input' });
    const $id = `https://raw.githubusercontent.com/${repository}/v1/${path}`;
    return formatted(path, JSON.stringify({ $id, ...schema }, null, 2));
  },
};
