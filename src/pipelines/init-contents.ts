import type { GitFacts } from '../clients/git.ts';
import { keyOf } from '../formats/discovery/keys.ts';
import { repositoryName } from '../formats/discovery/registry-prefix.ts';
import { templateCompose, templateIgnore } from '../formats/init/compose-template.ts';
import type { ConfigChoices } from '../formats/init/config-choices.ts';
import { configText } from '../formats/init/config-text.ts';
import { templateDockerfile } from '../formats/init/dockerfile-template.ts';
import { workflowText } from '../formats/init/workflow-text.ts';
import type { Ports } from '../ports/ports.ts';
import type { Questions } from '../ports/questions.ts';
import type { InitOptions } from './init.ts';
import type { NewFiles } from './init-files.ts';
import { templateComposeFile } from './init-template.ts';

/** The workflow that builds the images. */
export const workflowFile = '.github/workflows/images.yml';

/** What the files of a repository's images are made of. */
export interface ImageChoices extends Pick<ConfigChoices, 'finding' | 'hints' | 'template' | 'registry'> {
  readonly folder: string;
  readonly root: readonly string[];
  readonly git: GitFacts;
  readonly options: InitOptions;
}

/** The configuration of the images, the workflow that builds them, and what a template makes. */
export async function imageFiles(
  ports: Ports,
  look: ImageChoices,
  questions: Questions | undefined,
): Promise<NewFiles> {
  const { folder, root, git, options, registry } = look;
  const weekly = options.weekly && (await isYes(questions, 'Build everything anew each week, on the bases of then?'));
  const { repository, platforms, generate } = options;
  return {
    ...templateContents(look, options, repositoryName(namesOf(ports, folder, git))),
    'slipway.yml': configText({ ...look, repository, platforms, generate }),
    [workflowFile]: workflowText({
      defaultBranch: git.defaultBranch ?? git.branch ?? 'main',
      registry,
      hasVersion: root.includes('VERSION'),
      weekly,
    }),
  };
}

function templateContents({ template }: ImageChoices, options: InitOptions, repository: string): NewFiles {
  if (template === undefined) return {};
  const choices = { ...options, name: keyOf(options.name ?? repository, 'the name of the images') };
  return {
    Dockerfile: templateDockerfile(template, choices),
    '.dockerignore': templateIgnore,
    [templateComposeFile]: templateCompose(choices),
  };
}

/** Without anybody to ask, the answer is the usual one. */
export async function isYes(questions: Questions | undefined, question: string): Promise<boolean> {
  return questions === undefined || /^y(?:es)?$/i.test(await questions.ask(question, 'yes'));
}

/** By what names a repository is known. */
export function namesOf({ env }: Pick<Ports, 'env'>, folder: string, { remote }: GitFacts) {
  return { folder, repository: env.GITHUB_REPOSITORY || undefined, remote: remote ?? undefined };
}
