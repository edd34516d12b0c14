import { z } from 'zod';
import { BuildOptions } from './build-options.ts';
import { EventFacts } from './event.ts';
import { Expectation } from './expectation.ts';
import { GateMode } from './gate-mode.ts';
import { PlannedSetTest } from './planned-set-test.ts';
import { PlannedTest } from './planned-test.ts';
import { Rights } from './rights.ts';
import { ScanPolicy } from './scan.ts';
import { DigestField, KeyField, PlatformField, RepositoryField, TagField } from './schemas.ts';
import { Staging } from './staging.ts';
import { Waiver } from './waiver.ts';

const Tags = z.strictObject({ immutable: z.array(TagField), floating: z.array(TagField) });

/** Why an image is built in this run. */
export const BuildReason = z.enum(['all', 'changed', 'dependent', 'stale', 'schedule', 'manual']);
export type BuildReason = z.infer<typeof BuildReason>;

/** A base of an image: of the set when it has a key, else somebody else's. */
export const PlannedBase = z.strictObject({
  /** The reference as the Dockerfile says it, with its arguments put in. */
  reference: z.string(),
  /** The name that the Dockerfile has for it, where that is another one. */
  as: z.string().optional(),
  key: KeyField.nullable(),
  digest: DigestField.nullable(),
  platforms: z.record(z.string(), DigestField),
});
export type PlannedBase = z.infer<typeof PlannedBase>;

/** An image that this run builds. */
export const PlannedImage = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  /** Where it is published as well, in other registries. */
  alsoIn: z.array(RepositoryField).optional(),
  /** Where it lies until it is released, if that is another repository. */
  stagedIn: RepositoryField.optional(),
  context: z.string(),
  dockerfile: z.string(),
  /** The text of a Dockerfile that was generated; it is in no checkout. */
  dockerfileText: z.string().nullable().default(null),
  target: z.string().nullable(),
  platforms: z.array(PlatformField),
  buildArgs: z.record(z.string(), z.string()),
  /** Folders of the repository that the build sees under a name. */
  contexts: z.record(z.string(), z.string()).default({}),
  /** The values of a matrix that it stands for. */
  matrix: z.record(z.string(), z.string()).default({}),
  needs: z.array(KeyField),
  bases: z.array(PlannedBase),
  identity: DigestField,
  reason: BuildReason,
  /** The reason in words, with what it was compared with. */
  why: z.string(),
  tests: z.array(PlannedTest),
  /** What it must be like, beside its tests. */
  expect: Expectation.nullable().default(null),
  /** How it is scanned, if it is. */
  scan: ScanPolicy.nullable().default(null),
  /** The name of the file that the output of its tests goes to. */
  logName: z.string().default('test.log'),
  /** No test speaks for this image, and the configuration says that this is fine. */
  allowUntested: z.boolean(),
  tags: Tags,
  cache: z.strictObject({ from: z.array(z.string()), to: z.array(z.string()), fresh: z.boolean() }),
  /** What buildx is told beside all this. */
  options: BuildOptions,
  /** So many minutes a job may spend on this image. */
  jobMinutes: z.number().int().positive(),
  /** Red tests and findings that somebody answers for, today. */
  waivers: z.array(Waiver).optional(),
});
export type PlannedImage = z.infer<typeof PlannedImage>;

/** An image of the set that an earlier run proved for the same inputs. */
export const CarriedImage = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  /** Where it is published as well, in other registries. */
  alsoIn: z.array(RepositoryField).optional(),
  digest: DigestField,
  /** The digest of the record that speaks for it. */
  record: DigestField,
  identity: DigestField,
  commit: z.string().nullable(),
  why: z.string(),
  tags: Tags,
});
export type CarriedImage = z.infer<typeof CarriedImage>;

/** An image of the set that this run builds on, and neither builds nor releases. */
export const BorrowedImage = z.strictObject({
  key: KeyField,
  repository: RepositoryField,
  digest: DigestField,
  why: z.string(),
});
export type BorrowedImage = z.infer<typeof BorrowedImage>;

/** The run that a document belongs to. */
export const RunFacts = z.strictObject({
  id: z.string(),
  number: z.number().int().nullable(),
  attempt: z.number().int(),
});
export type RunFacts = z.infer<typeof RunFacts>;

/** One job of a level: the images that it builds, and the output that it hands its result on by. */
export const Row = z.strictObject({
  id: z.string().max(48),
  level: z.number().int().min(1),
  slot: z.number().int().min(1),
  images: z.array(KeyField),
  /** The labels of its runner; empty for the runner of the workflow. */
  runner: z.array(z.string()).default([]),
  /** Of its images it builds these platforms alone, where other runners build the rest; null for all. */
  platforms: z.array(PlatformField).nullable().default(null),
  /** When the job is stopped. */
  minutes: z.number().int().positive().default(360),
});
export type Row = z.infer<typeof Row>;

/** What a project wishes about its tags when they move. */
export const ReleaseWishes = z.strictObject({
  /** What becomes of a floating tag whose version nobody can tell. */
  unknown: z.enum(['refuse', 'move']),
});
export type ReleaseWishes = z.infer<typeof ReleaseWishes>;

/** The document that decides everything decidable before any build. */
export const Plan = z.strictObject({
  schema: z.literal('slipway.plan/1'),
  version: z.string().nullable(),
  event: EventFacts,
  rights: Rights,
  run: RunFacts,
  commit: z.string().nullable(),
  /** The time of the commit, in seconds; what a build takes for the time of its files. */
  commitTime: z.number().int().nullable(),
  /** The working tree has changes that no commit holds. */
  dirty: z.boolean(),
  levels: z.array(z.array(KeyField)),
  /** How the images are spread over jobs; empty where one machine does it all. */
  rows: z.array(Row),
  images: z.array(PlannedImage),
  carried: z.array(CarriedImage),
  borrowed: z.array(BorrowedImage).default([]),
  release: ReleaseWishes.optional(),
  /** What the gate compares with what was tested; where nothing is said, what is to be published. */
  gate: GateMode.optional(),
  /** What holds proven images until their tags; where nothing is said, their digest alone. */
  staging: Staging.optional(),
  /** What all images must pass together before any is published. */
  setTest: PlannedSetTest.optional(),
  /** What a person should know about how this was decided. */
  notes: z.array(z.string()),
});
export type Plan = z.infer<typeof Plan>;

/** The version that floating tags of a plan follow: a branch tag follows its branch, and knows no backwards. */
export function floatingVersion(plan: Plan): string | null {
  return plan.rights.floating ? plan.version : null;
}

/** The image of a plan with this key. */
export function imageOf(plan: Pick<Plan, 'images'>, key: string): PlannedImage {
  const image = plan.images.find((candidate) => candidate.key === key);
  if (image === undefined) throw new Error(`the plan has no image ${key}`);
  return image;
}
