import { z } from 'zod';

const common = {
  name: z.string(),
  timeoutMinutes: z.number(),
  /** Variables that the command sees; nothing else of ours. */
  env: z.record(z.string(), z.string()),
  /** A failure is shown, and stops nothing. */
  optional: z.boolean(),
  /** So often it is tried before it counts as failed. */
  attempts: z.number().int().min(1),
};

/** What a container of a test sees of the machine, and how much of it it may use. */
export const TestSandbox = z.strictObject({
  user: z.string().nullable(),
  workdir: z.string().nullable(),
  /** How the repository is mounted at /workspace. */
  workspace: z.enum(['none', 'read', 'write']),
  memory: z.string().nullable(),
  pids: z.number().int(),
  network: z.enum(['none', 'bridge']),
  tmpfs: z.array(z.string()),
  /** A compose file whose services run beside the test. */
  services: z.string().nullable(),
  /** Where in the container the test leaves its JUnit files. */
  junit: z.string().nullable(),
});
export type TestSandbox = z.infer<typeof TestSandbox>;

/** A sandbox of which nothing is asked. */
export const plainSandbox: TestSandbox = {
  user: null,
  workdir: null,
  workspace: 'none',
  memory: null,
  pids: 4096,
  network: 'bridge',
  tmpfs: [],
  services: null,
  junit: null,
};

const RunTest = z.strictObject({
  kind: z.literal('run'),
  ...common,
  command: z.array(z.string()),
  sandbox: TestSandbox,
});

const UpTest = z.strictObject({
  kind: z.literal('up'),
  ...common,
  /** Empty means the image's own command. */
  command: z.array(z.string()),
  sandbox: TestSandbox,
  /** How long it must stay up; null for until its health check is content. */
  seconds: z.number().nullable(),
});

const HostTest = z.strictObject({ kind: z.literal('host'), ...common, command: z.array(z.string()) });

/** What an image must pass: a command in a container of it, a container that stays up, or a command on the runner. */
export const PlannedTest = z.discriminatedUnion('kind', [RunTest, UpTest, HostTest]);
export type PlannedTest = z.infer<typeof PlannedTest>;

/** A test that runs in a container of the image. */
export type ContainerTest = Exclude<PlannedTest, { readonly kind: 'host' }>;
/** A test that runs on the machine of the engine's client. */
export type HostTest = z.infer<typeof HostTest>;
