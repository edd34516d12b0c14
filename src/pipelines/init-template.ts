import { ConfigError, RefusedError } from '../domain/errors.ts';
import { ImageConfig } from '../formats/config-schema.ts';
import { chooseDefinitionFiles } from '../formats/discovery/definition-files.ts';
import type { ConfigChoices } from '../formats/init/config-choices.ts';
import type { TemplateName } from '../formats/init/template-choices.ts';

const needed: Readonly<Record<TemplateName, { readonly files: readonly string[]; readonly command: string }>> = {
  poetry: { files: ['pyproject.toml', 'poetry.lock'], command: 'poetry lock' },
  pip: { files: ['requirements.txt'], command: 'pip freeze > requirements.txt' },
  uv: { files: ['pyproject.toml', 'uv.lock'], command: 'uv lock' },
};

/** The compose file that templates write. */
export const templateComposeFile = 'compose.yaml';

/** The images of every template. */
export const templateFinding: ConfigChoices['finding'] = {
  how: 'compose',
  source: templateComposeFile,
  images: Object.fromEntries(['builder', 'app', 'app-dev'].map((key) => [key, ImageConfig.parse({})])),
  pythonVersions: undefined,
};

/** The template that the files of a repository's root ask for; a lock file says more than what it was made from. */
export function templateFor(root: readonly string[]): TemplateName | undefined {
  if (root.includes('uv.lock')) return 'uv';
  if (root.includes('poetry.lock')) return 'poetry';
  return root.includes('requirements.txt') ? 'pip' : undefined;
}

/** Refuses a template that could not be built here, or whose images nobody would see. */
export function checkTemplate(name: TemplateName, root: readonly string[], folder: string): void {
  const { files, command } = needed[name];
  const missing = files.filter((file) => !root.includes(file));
  if (missing.length > 0) {
    throw new ConfigError({
      code: 'init-template-input',
      what: `the template ${name} copies ${files.join(' and ')}, and there is no ${missing.join(' and no ')}`,
      where: folder,
      state: 'nothing was written',
      next: missing.includes('pyproject.toml') ? 'name the folder of the project with --repo' : `run ${command} first`,
    });
  }
  const before = ['PYTHON_VERSIONS', ...chooseDefinitionFiles(root).bake].filter((file) => root.includes(file));
  if (before.length === 0) return;
  throw new RefusedError({
    code: 'init-template-taken',
    what: `${before.join(' and ')} would be read, and not the ${templateComposeFile} of the template`,
    where: folder,
    state: 'nothing was written',
    next: 'leave --template out to take what is there, or move it away',
  });
}
