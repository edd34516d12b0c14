import { buildTest } from './build-test.ts';
import type { ActionDefinition } from './definition.ts';
import { devcontainerPrebuild } from './devcontainer-prebuild.ts';
import { matrixGenerate } from './matrix-generate.ts';
import { pipeline } from './pipeline.ts';
import { push } from './push.ts';
import { releaseLatest } from './release-latest.ts';
import { staticChecks } from './static-checks.ts';
import { verifyDigest } from './verify-digest.ts';

/** Every action, in the order in which a workflow uses them. */
export const actionDefinitions: readonly ActionDefinition[] = [
  staticChecks,
  matrixGenerate,
  buildTest,
  verifyDigest,
  push,
  releaseLatest,
  pipeline,
  devcontainerPrebuild,
];
