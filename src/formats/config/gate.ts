import { z } from 'zod';
import { GateMode } from '../../domain/gate-mode.ts';

/** How the gate proves that what is published is what was tested; the name of the mode alone says the same. */
export const GateConfig = z
  .union([
    GateMode,
    z.strictObject({
      mode: GateMode.default('promote').describe(
        'What is compared: what is published, a kept store, or a second build',
      ),
    }),
  ])
  .describe('How the gate proves that what is published is what was tested: promote, archive, rebuild or layers');
export type GateConfig = z.infer<typeof GateConfig>;
