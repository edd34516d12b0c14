import type { TemplateChoices, TemplateName } from './template-choices.ts';

/** How one tool gets the packages of a project into a virtual environment. */
interface Tool {
  /** What its stages are about, for the head of the file. */
  readonly builder: string;
  /** Arguments of the first stage: programs, pinned. */
  readonly pins: readonly string[];
  readonly env: readonly string[];
  /** Makes the tool be there, as root. */
  readonly install: readonly string[];
  /** The files that say which packages are needed. */
  readonly manifests: readonly string[];
  /** Installs what the project needs to run. */
  readonly main: string;
  /** Installs what its developers need beside that. */
  readonly dev: readonly string[];
}

const tools: Readonly<Record<TemplateName, Tool>> = {
  poetry: {
    builder: 'Python with pipx and poetry, and the user of the project',
    pins: ['ARG PIPX_VERSION=1.7.1', 'ARG POETRY_VERSION=2.1.4'],
    env: ['PIPX_HOME=/opt/pipx/home', 'PIPX_BIN_DIR=/opt/pipx/bin', 'POETRY_VIRTUALENVS_IN_PROJECT=true'],
    install: [
      `RUN python -m pip install --no-cache-dir "pipx==\${PIPX_VERSION}" \\`,
      `    && pipx install "poetry==\${POETRY_VERSION}"`,
    ],
    manifests: ['pyproject.toml', 'poetry.lock'],
    main: 'poetry install --only main --no-root --no-interaction',
    dev: ['RUN poetry install --no-root --no-interaction'],
  },
  pip: {
    builder: 'Python with a virtual environment that is empty, and the user of the project',
    pins: [],
    env: ['PIP_NO_CACHE_DIR=1', 'PIP_DISABLE_PIP_VERSION_CHECK=1'],
    install: [],
    manifests: ['requirements*.txt'],
    main: 'python -m venv .venv && .venv/bin/pip install --requirement requirements.txt',
    dev: ['RUN if [ -f requirements-dev.txt ]; then .venv/bin/pip install --requirement requirements-dev.txt; fi'],
  },
  uv: {
    builder: 'Python with uv, and the user of the project',
    pins: ['ARG UV_VERSION=0.8.17'],
    env: ['UV_LINK_MODE=copy', 'UV_PYTHON_DOWNLOADS=never', 'UV_NO_CACHE=1'],
    install: [`RUN python -m pip install --no-cache-dir "uv==\${UV_VERSION}"`],
    manifests: ['pyproject.toml', 'uv.lock'],
    main: 'uv sync --frozen --no-dev --no-install-project',
    dev: ['RUN uv sync --frozen --no-install-project'],
  },
};

const renewed = ['ARG WORKDIR', 'ARG USERNAME', 'ARG USER_UID', 'ARG USER_GID'];
const python = [`PYTHONPATH=\${WORKDIR}`, 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1'];
const user = [
  `RUN groupadd --gid "\${USER_GID}" "\${USERNAME}" \\`,
  `    && useradd --uid "\${USER_UID}" --gid "\${USER_GID}" --create-home "\${USERNAME}"`,
];
const folder = [`WORKDIR \${WORKDIR}`, `RUN chown "\${USER_UID}:\${USER_GID}" "\${WORKDIR}"`];
const owned = `--chown=\${USER_UID}:\${USER_GID}`;

/** A Dockerfile in four stages, of which `app` is published: without the tool, and not as root. */
export function templateDockerfile(name: TemplateName, { python: version, uid, gid }: TemplateChoices): string {
  const tool = tools[name];
  const parts: readonly (readonly string[])[] = [
    [
      `# Made by \`slipway init --template ${name}\`; it is yours now.`,
      '#',
      `#   builder  ${tool.builder}`,
      '#   app-pre  what the project needs to run, in a virtual environment',
      `#   app      Python, that environment and the code, for production${tool.install.length === 0 ? '' : `; no ${name}`}`,
      '#   dev      what its developers need beside that, with some tools and sudo',
      '#',
      '# USERNAME is what the user is called, and nothing secret.',
      '# hadolint global ignore=DL3064',
    ],
    [
      '# For all stages: one that uses an argument names it again.',
      `ARG PYTHON_VERSION=${version}`,
      'ARG WORKDIR=/app',
      'ARG USERNAME=app',
      `ARG USER_UID=${uid}`,
      `ARG USER_GID=${gid}`,
    ],
    [`FROM python:\${PYTHON_VERSION}-slim AS builder`, ...renewed, ...tool.pins],
    environment([...tool.env, ...python], [...binFolders(name), `\${WORKDIR}/.venv/bin`]),
    user,
    ...(tool.install.length === 0 ? [] : [tool.install]),
    folder,
    [`COPY ${owned} ${tool.manifests.join(' ')} ./`, `USER \${USERNAME}`],
    ['FROM builder AS app-pre', `RUN ${tool.main}`],
    [`FROM python:\${PYTHON_VERSION}-slim AS app`, ...renewed],
    environment(python, [`\${WORKDIR}/.venv/bin`]),
    user,
    folder,
    [
      `COPY --from=app-pre ${owned} \${WORKDIR}/.venv \${WORKDIR}/.venv`,
      '# The code, without what .dockerignore names.',
      `COPY ${owned} . .`,
      `USER \${USERNAME}`,
      'ENTRYPOINT ["python"]',
      'CMD ["--version"]',
    ],
    ['FROM app-pre AS dev', 'ARG USERNAME', 'USER 0'],
    [
      '# As the distribution has them at the time: production holds none of them.',
      '# hadolint ignore=DL3008',
      'RUN apt-get update \\',
      '    && apt-get install --yes --no-install-recommends ca-certificates git iputils-ping sudo wget \\',
      '    && rm -rf /var/lib/apt/lists/* \\',
      `    && echo "\${USERNAME} ALL=(root) NOPASSWD:ALL" > "/etc/sudoers.d/\${USERNAME}" \\`,
      `    && chmod 0440 "/etc/sudoers.d/\${USERNAME}"`,
      `USER \${USERNAME}`,
      ...tool.dev,
    ],
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function environment(values: readonly string[], path: readonly string[]): readonly string[] {
  const all = [...values, `PATH=${path.join(':')}:\${PATH}`];
  return all.map((one, index) => `${index === 0 ? 'ENV ' : '    '}${one}${index === all.length - 1 ? '' : ' \\'}`);
}

function binFolders(name: TemplateName): readonly string[] {
  return name === 'poetry' ? ['/opt/pipx/bin'] : [];
}
