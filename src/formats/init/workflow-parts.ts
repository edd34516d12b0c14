/** When the workflows of a repository run that have nothing to do with versions. */
export function branchTriggers(defaultBranch: string): readonly string[] {
  return ['on:', '  push:', `    branches: [${JSON.stringify(defaultBranch)}]`];
}

/** Nothing is granted that a job does not ask for; and what publishes runs alone. */
export function runsAlone(group: string): readonly string[] {
  return [
    'permissions: {}',
    '',
    '# One after the other for each branch and tag. What publishes is never cancelled.',
    'concurrency:',
    `  group: ${group}-\${{ github.ref }}`,
    `  cancel-in-progress: \${{ github.event_name == 'pull_request' }}`,
  ];
}

/** The secrets by which a registry that is not GitHub's lets a caller in; for GitHub's own the token of the job is enough. */
export function signInLines(registry: string | undefined): readonly string[] {
  if (registry === undefined || registry.startsWith('ghcr.io/')) return [];
  return [
    `    # Who may publish to ${registry.split('/')[0]}: two secrets of the repository.`,
    '    secrets:',
    `      registry-username: \${{ secrets.REGISTRY_USERNAME }}`,
    `      registry-password: \${{ secrets.REGISTRY_PASSWORD }}`,
  ];
}
