/** Every way into the bundle; each is a chunk of its own, so that a start loads one of them only. */
const entries = {
  cli: () => import('./cli.ts'),
};

/** Starts one entry; the two-line files in `dist/cli` and `actions/` call this. */
export async function start(name: keyof typeof entries): Promise<void> {
  const entry = await entries[name]();
  await entry.main();
}
