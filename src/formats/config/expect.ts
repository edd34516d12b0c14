import { z } from 'zod';
import { sizePattern } from '../../domain/byte-size.ts';

const NumberOrText = z.union([z.number().int().nonnegative(), z.string().min(1)]).transform(String);
const Texts = z.record(z.string().min(1), z.string({ error: 'write the value in quotes' }).nullable());
const Path = z
  .string()
  .regex(/^(?!.*(?:^|\/)\.\.?(?:\/|$))\/.*[^/]$/, { error: 'an absolute path without a slash at its end' });

/** What an image must be like before it is published; nothing is run for it. */
export const ExpectConfig = z
  .strictObject({
    user: NumberOrText.optional().describe('The user of the image: a name, a number, or not-root'),
    'max-size': z
      .string()
      .regex(sizePattern, { error: 'a number with KB, MB, GB, KiB, MiB or GiB, such as 250MB' })
      .optional()
      .describe('The most that the layers may be together when they are unpacked, such as 250MB'),
    entrypoint: z.array(z.string()).optional().describe('The entrypoint, exactly; an empty list for none'),
    cmd: z.array(z.string()).optional().describe('The command, exactly; an empty list for none'),
    ports: z
      .array(
        NumberOrText.refine((port) => /^\d{1,5}(\/(tcp|udp|sctp))?$/.test(port), {
          error: 'a port such as 8080 or 53/udp',
        }),
      )
      .default([])
      .describe('Ports that the image must expose; it may expose more'),
    env: Texts.default({}).describe('Variables with their values; null for one that must not be there'),
    labels: Texts.default({}).describe('Labels with their values; null for one that must not be there'),
    files: z
      .strictObject({
        present: z.array(Path).default([]).describe('Files, folders or links that must be there'),
        absent: z.array(Path).default([]).describe('Files, folders or links that must not be there'),
      })
      .default({ present: [], absent: [] })
      .describe('Files that must be there, or must not'),
    setuid: z.array(Path).optional().describe('The only files that may have setuid or setgid; an empty list for none'),
  })
  .describe('What the image must be like; read from its config and layers, without running it');
export type ExpectConfig = z.infer<typeof ExpectConfig>;
