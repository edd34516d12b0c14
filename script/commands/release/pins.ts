/** Where the suite names its own actions and workflows. */
export const pinnedFiles: readonly string[] = ['.github/workflows', 'actions', 'action.yml'];

/** What is written in place of `@v1`. */
export interface Pin {
  /** `OWNER/REPO` of the suite. */
  readonly repository: string;
  /** `v1`: what the suite says between releases. */
  readonly major: string;
  readonly commit: string;
  /** `v1.4.0`, for people and for bots that raise versions. */
  readonly release: string;
}

const reference = (repository: string): RegExp =>
  new RegExp(`^(\\s*(?:- )?uses: ${repository.replaceAll('.', '\\.')}(?:/[\\w./-]+)?)@([\\w.-]+)[^\\n]*$`, 'gm');

/** A workflow or an `action.yml` that names the suite's own actions by a commit. */
export function withPins(text: string, { repository, major, commit, release }: Pin): string {
  return text.replace(reference(repository), (line: string, uses: string, ref: string) =>
    ref === major ? `${uses}@${commit} # ${release}` : line,
  );
}

/** The refs by which a file names the suite's own actions. */
export function refsIn(text: string, repository: string): readonly string[] {
  return [...text.matchAll(reference(repository))].map(([, , ref = '']) => ref);
}
