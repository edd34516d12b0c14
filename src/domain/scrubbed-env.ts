const ours = /^(INPUT_|GITHUB_|ACTIONS_|RUNNER_|STATE_|SLIPWAY_)/;

/** The environment without what belongs to the runner and to us: inputs, tokens and the files by which a step is heard. */
export function scrubbedEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
