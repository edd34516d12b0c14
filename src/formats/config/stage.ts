import { z } from 'zod';

/** What holds a proven image between its test and its tags. */
export const StageConfig = z
  .union([
    z.enum(['digest', 'tag', 'repository', 'archive']),
    z.strictObject({
      repository: z.string().min(1).describe('The repository below the registry prefix; {name} is that of the image'),
    }),
  ])
  .describe(
    'What holds a proven image until its tags: its digest alone, a tag, a repository of its own, or an artifact of the run',
  );
export type StageConfig = z.infer<typeof StageConfig>;
