import { z } from 'zod';

/** A list of arguments, or a text for a shell. */
export const Command = z.union([z.array(z.string()).min(1), z.string().min(1)]);

/** Variables of a test; those that begin with our name are ours. */
export const TestVariables = z.record(
  z.string().regex(/^(?!SLIPWAY_)[A-Za-z_][A-Za-z0-9_]*$/, { error: 'not the name of a variable' }),
  z.string({ error: 'write the value in quotes' }),
);

/** Keys that mean nothing for a command on the runner. */
const containerKeys = [
  'user',
  'workdir',
  'workspace',
  'memory',
  'pids',
  'network',
  'tmpfs',
  'services',
  'junit',
] as const;

const fields = z.strictObject({
  name: z.string().min(1).optional().describe('What reports call the test; by default its command'),
  run: Command.optional().describe(
    'The command in the container: a list of arguments, or a text for the shell of the image',
  ),
  host: Command.optional().describe('A command on the runner: a list of arguments, or a text for sh'),
  up: z
    .union([z.number().positive().max(3600), z.literal('healthy')], {
      error: 'write a number of seconds (3600 at most), or healthy',
    })
    .optional()
    .describe('The container must start and stay up for so many seconds, or until its HEALTHCHECK says healthy'),
  command: z.array(z.string()).min(1).optional().describe('With up: what runs in place of the command of the image'),
  'timeout-minutes': z.number().positive().max(360).default(10).describe('When the test counts as failed'),
  env: TestVariables.default({}).describe('Variables of the command; {key} and {version} are filled in'),
  user: z.string({ error: 'write the user in quotes' }).min(1).optional().describe('Who runs the command'),
  workdir: z.string().startsWith('/', { error: 'an absolute path' }).optional().describe('Where the command runs'),
  workspace: z
    .enum(['none', 'read', 'write'])
    .optional()
    .describe('How the repository is mounted at /workspace; by default not at all'),
  memory: z
    .string()
    .regex(/^[1-9]\d*[bkmg]?$/i, { error: 'a number with b, k, m or g, such as 2g' })
    .optional()
    .describe('The most memory that the container may use, such as 2g'),
  pids: z.number().int().min(1).max(1_000_000).optional().describe('The most processes; 4096 by default'),
  network: z.enum(['none', 'bridge']).optional().describe('Whether the container has a network; bridge by default'),
  tmpfs: z
    .array(z.string().startsWith('/', { error: 'an absolute path, such as /tmp or /tmp:size=64m' }))
    .optional()
    .describe('Folders of the container that lie in memory'),
  services: z.string().min(1).optional().describe('A compose file of the repository whose services run beside it'),
  junit: z
    .string()
    .startsWith('/', { error: 'an absolute path in the container' })
    .optional()
    .describe('A file or folder of the container with JUnit XML, read after the test'),
  optional: z.boolean().default(false).describe('Whether a failure is only shown'),
  attempts: z.number().int().min(1).max(5).default(1).describe('How often it is tried before it counts as failed'),
});

type Fields = z.infer<typeof fields>;

/** A rule that is about more than one key; where it does not hold, the key at `path` is what to change. */
interface Rule {
  readonly path: readonly (keyof Fields)[];
  readonly error: string;
  readonly holds: (test: Fields) => boolean;
}

const kinds = (test: Fields): number => [test.run, test.host, test.up].filter((one) => one !== undefined).length;
const rules: readonly Rule[] = [
  { path: [], error: 'a test has one of run, host or up', holds: (test) => kinds(test) > 0 },
  {
    path: ['host'],
    error: 'a test has one of run, host or up, and this one has another already',
    holds: (test) => test.host === undefined || kinds(test) === 1,
  },
  {
    path: ['up'],
    error: 'a test has one of run, host or up, and this one has another already',
    holds: (test) => test.up === undefined || test.run === undefined,
  },
  {
    path: ['command'],
    error: 'it belongs to up; write the command with run',
    holds: (test) => test.command === undefined || test.up !== undefined,
  },
  {
    path: ['network'],
    error: 'services are reached by a network',
    holds: (test) => test.services === undefined || test.network !== 'none',
  },
  ...containerKeys.map((key) => ({
    path: [key],
    error: 'it is for containers, and not for host',
    holds: (test: Fields) => test.host === undefined || test[key] === undefined,
  })),
];

/** One thing that an image must pass before it is published. */
export const TestConfig = rules
  .reduce((schema, { path, error, holds }) => schema.refine(holds, { path: [...path], error }), fields)
  .describe('What an image must pass; exit code 0 passes');
export type TestConfig = z.infer<typeof TestConfig>;

/** The name of the file that the output of tests goes to. */
export const LogName = z.string().regex(/^(?!\.)[A-Za-z0-9._{}-]{1,100}$/, {
  error: 'the name of a file, of letters, digits, ".", "_", "-" and {placeholders}',
});
