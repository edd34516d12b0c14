/** The names of the tools whose packages are kept. */
export const venvNames = ['poetry', 'uv', 'pip'] as const;

/** What is known of an installation before it begins. */
export interface InstallFacts {
  readonly installArgs: readonly string[];
  /** Major and minor of the Poetry in the image. */
  readonly poetry: readonly [number, number] | undefined;
}

/** A tool that installs the packages of a Python project into a folder of the project. */
export interface VenvManager {
  readonly name: (typeof venvNames)[number];
  /** The file that names what is installed. */
  readonly lockFile: string;
  /** It takes away what the file does not name, so that older packages may serve as a start. */
  readonly syncs: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** The commands, in order; each must end well. */
  commands(facts: InstallFacts): readonly (readonly string[])[];
}

const poetry: VenvManager = {
  name: 'poetry',
  lockFile: 'poetry.lock',
  syncs: true,
  env: { POETRY_VIRTUALENVS_IN_PROJECT: 'true', POETRY_VIRTUALENVS_CREATE: 'true', POETRY_NO_INTERACTION: '1' },
  commands({ installArgs, poetry: [major, minor] = [0, 0] }) {
    const isAtLeast = (wanted: number): boolean => major > 1 || (major === 1 && minor >= wanted);
    // Older ones only warn about a stale lock, and have no word by which to ask.
    const check = isAtLeast(6) ? [['poetry', 'check', '--lock']] : [];
    const install =
      major >= 2 ? ['poetry', 'sync'] : ['poetry', 'install', isAtLeast(2) ? '--sync' : '--remove-untracked'];
    return [...check, [...install, '--no-interaction', ...installArgs]];
  },
};

const uv: VenvManager = {
  name: 'uv',
  lockFile: 'uv.lock',
  syncs: true,
  env: { UV_PROJECT_ENVIRONMENT: '.venv' },
  // A lock that is stale is refused.
  commands: ({ installArgs }) => [['uv', 'sync', '--locked', ...installArgs]],
};

const pip: VenvManager = {
  name: 'pip',
  lockFile: 'requirements.txt',
  // It never takes anything away, so that it begins with nothing unless everything is there.
  syncs: false,
  env: {},
  commands: ({ installArgs }) => [
    ['sh', '-c', '[ -x .venv/bin/python ] || "$(command -v python3 || command -v python)" -m venv .venv'],
    ['.venv/bin/python', '-m', 'pip', 'install', '--requirement', 'requirements.txt', ...installArgs],
  ],
};

/** All of them, in the order in which they are looked for. */
export const venvManagers: readonly VenvManager[] = [poetry, uv, pip];
