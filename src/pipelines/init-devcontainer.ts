import type { GitFacts } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import { devcontainerWorkflowText } from '../formats/init/devcontainer-workflow-text.ts';
import type { Files } from '../ports/files.ts';
import type { NewFiles } from './init-files.ts';
import { templateFor } from './init-template.ts';

/** A dev container that lies in a repository. */
export interface FoundDevcontainer {
  readonly config: string;
  /** The tool whose lock file lies in the root. */
  readonly venv: string | undefined;
  readonly found: readonly string[];
}

const usual = ['.devcontainer/devcontainer.json', '.devcontainer.json'];

/** Looks for a dev container; one in a folder of its own below `.devcontainer` is taken where it is the only one. */
export async function findDevcontainer(
  files: Files,
  folder: string,
  root: readonly string[],
): Promise<FoundDevcontainer | undefined> {
  const named = (await files.list(`${folder}/.devcontainer`))
    .filter(({ kind }) => kind === 'folder')
    .map(({ name }) => `.devcontainer/${name}/devcontainer.json`)
    .sort();
  const there: string[] = [];
  for (const path of [...usual, ...named]) if ((await files.facts(`${folder}/${path}`)) !== undefined) there.push(path);
  const [config, ...others] = there;
  if (config === undefined) return undefined;
  const venv = templateFor(root);
  return {
    config,
    venv,
    found: [
      `a dev container: ${config}${venv === undefined ? '' : `, with packages by ${venv}`}`,
      ...others.map((other) => `${other} was not taken: a workflow is written for ${config} alone`),
    ],
  };
}

/** A workflow for each command that is to run in it; without any, one that only keeps the image up to date. */
export function devcontainerFiles(
  { config, venv }: FoundDevcontainer,
  git: Pick<GitFacts, 'defaultBranch' | 'branch'>,
  { runs, registry }: { readonly runs: readonly string[]; readonly registry: string | undefined },
): NewFiles {
  const wanted = runs.length === 0 ? [{ name: 'devcontainer', run: undefined }] : runs.map(readRun);
  const entries = wanted.map(({ name, run }) => {
    const text = devcontainerWorkflowText({
      ...{ name, run, registry, venv },
      defaultBranch: git.defaultBranch ?? git.branch ?? 'main',
      config: usual.includes(config) ? undefined : config,
    });
    return [`.github/workflows/${name}.yml`, text] as const;
  });
  const files = Object.fromEntries(entries);
  if (Object.keys(files).length < entries.length) throw wrongRun('two of them have one name');
  return files;
}

function readRun(text: string): { readonly name: string; readonly run: string } {
  const [, name = 'devcontainer', run = ''] = /^(?:([a-z][a-z0-9-]{0,39})=)?(.*)$/s.exec(text) ?? [];
  if (run.trim() === '') throw wrongRun(`${JSON.stringify(text)} is no command`);
  // The workflow of the images has this name.
  if (name === 'images') throw wrongRun('images is the name of another workflow');
  return { name, run: run.trim() };
}

function wrongRun(what: string): ConfigError {
  return new ConfigError({
    code: 'usage',
    what,
    where: '--run',
    state: 'nothing was written',
    next: "write NAME=COMMAND, such as --run 'tests=poetry run pytest'",
  });
}
