/** Every way into the bundle; each is a chunk of its own, so that a start loads one of them only. */
const entries = {
  cli: () => import('./cli.ts'),
  'static-checks': () => import('./actions/static-checks.ts'),
  'matrix-generate': () => import('./actions/matrix-generate.ts'),
  'build-test': () => import('./actions/build-test.ts'),
  'build-test-post': () => import('./actions/build-test-post.ts'),
  'verify-digest': () => import('./actions/verify-digest.ts'),
  'verify-digest-post': () => import('./actions/verify-digest-post.ts'),
  push: () => import('./actions/push.ts'),
  'release-latest': () => import('./actions/release-latest.ts'),
  pipeline: () => import('./actions/pipeline.ts'),
  'pipeline-post': () => import('./actions/pipeline-post.ts'),
  'devcontainer-prebuild': () => import('./actions/devcontainer-prebuild.ts'),
  'devcontainer-prebuild-post': () => import('./actions/devcontainer-prebuild-post.ts'),
};

/** Starts one entry; the two-line files in `dist/cli` and `actions/` call this. */
export async function start(name: keyof typeof entries): Promise<void> {
  const entry = await entries[name]();
  await entry.main();
}
