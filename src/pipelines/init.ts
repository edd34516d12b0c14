import { type GitFacts, readGit } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseRepository } from '../domain/image-ref.ts';
import type { Plan } from '../domain/plan.ts';
import { keyOf } from '../formats/discovery/keys.ts';
import { choosePrefix, repositoryName } from '../formats/discovery/registry-prefix.ts';
import { composeHints } from '../formats/init/compose-hints.ts';
import { templateCompose, templateIgnore } from '../formats/init/compose-template.ts';
import type { ConfigChoices } from '../formats/init/config-choices.ts';
import { configText } from '../formats/init/config-text.ts';
import { templateDockerfile } from '../formats/init/dockerfile-template.ts';
import type { TemplateName } from '../formats/init/template-choices.ts';
import { workflowText } from '../formats/init/workflow-text.ts';
import type { Ports } from '../ports/ports.ts';
import type { Questions } from '../ports/questions.ts';
import { discover } from '../stages/planning/discovery.ts';
import { generateDockerfiles } from '../stages/planning/generate.ts';
import { pathFor } from './destination.ts';
import { type NewFiles, refuseToOverwrite, writeTogether } from './init-files.ts';
import { checkTemplate, templateComposeFile, templateFinding, templateFor } from './init-template.ts';
import { planHere } from './plan.ts';

/** What `slipway init` takes. */
export interface InitOptions {
  readonly repo: string;
  readonly template?: TemplateName | undefined;
  readonly registry?: string | undefined;
  readonly repository?: string | undefined;
  readonly platforms: readonly string[];
  readonly generate?: string | undefined;
  /** What the images of a template are called. */
  readonly name?: string | undefined;
  readonly python: string;
  readonly uid: number;
  readonly gid: number;
  readonly weekly: boolean;
  readonly force: boolean;
}

/** What was found and written, and what a run would now do. */
export interface InitOutcome {
  readonly found: readonly string[];
  /** The paths of what was written, in the repository. */
  readonly files: readonly string[];
  readonly plan: Plan;
}

const configFiles = ['slipway.yml', '.github/slipway.yml'];
const workflowFile = '.github/workflows/images.yml';
const templateFiles = ['Dockerfile', '.dockerignore', templateComposeFile];

/** Looks at a repository and writes what a run needs; without somebody to ask, the options and what is usual decide. */
export async function init(ports: Ports, options: InitOptions, questions?: Questions): Promise<InitOutcome> {
  const folder = await folderOf(ports, options.repo);
  const overwritten = [...configFiles, workflowFile, ...(options.template === undefined ? [] : templateFiles)];
  if (!options.force) await refuseToOverwrite(ports.files, folder, overwritten);
  const root = (await ports.files.list(folder)).map(({ name }) => name);
  const git = await readGit(ports.exec, folder);
  const look = await lookAt(ports, { folder, root, git, options }, questions);
  const registry = await chooseRegistry(look, questions);
  const weekly = options.weekly && (await isYes(questions, 'Build everything anew each week, on the bases of then?'));
  const contents: NewFiles = {
    ...templateContents(look, options, repositoryName(namesOf(ports, folder, git))),
    'slipway.yml': configText({
      ...look,
      registry,
      repository: options.repository,
      platforms: options.platforms,
      generate: options.generate,
    }),
    [workflowFile]: workflowText({
      defaultBranch: git.defaultBranch ?? git.branch ?? 'main',
      registry,
      hasVersion: root.includes('VERSION'),
      weekly,
    }),
  };
  // Which template it is may have been found only now.
  if (!options.force) await refuseToOverwrite(ports.files, folder, Object.keys(contents));
  await writeTogether(ports.files, folder, { contents, force: options.force });
  const prefix = registry ?? `registry.invalid/${pathFor({ folder, configured: undefined })}`;
  const plan = await planHere(ports, { repo: folder, registry: prefix, offline: true });
  // Where images go was asked, and answered otherwise than it was found.
  const found = look.found.filter((one) => registry === look.registry || !one.startsWith('registry: '));
  return { found, files: Object.keys(contents), plan };
}

interface Place {
  readonly folder: string;
  readonly root: readonly string[];
  readonly git: GitFacts;
  readonly options: InitOptions;
}

interface Found extends Pick<ConfigChoices, 'finding' | 'hints' | 'template' | 'registry'> {
  readonly found: readonly string[];
}

/** What is to be built: what lies there, or what a template makes. */
async function lookAt(ports: Ports, place: Place, questions: Questions | undefined): Promise<Found> {
  const { folder, root, git, options } = place;
  const names = namesOf(ports, folder, git);
  if (options.template !== undefined) return fromTemplate(options.template, place, names);
  if (options.generate !== undefined) {
    const generate = { run: options.generate, outputs: ['**/Dockerfile', '**/Dockerfile.*'], 'timeout-minutes': 5 };
    await generateDockerfiles(ports, folder, { generate, where: '--generate' });
  }
  try {
    const finding = await discover(ports, { ...names, env: ports.env, registry: options.registry });
    const texts = finding.how === 'compose' ? finding.files : [];
    const read = await Promise.all(texts.map((file) => ports.files.readText(`${folder}/${file}`)));
    const hints = composeHints(read.map((text) => text ?? ''));
    const found = [...finding.found, ...finding.notTaken];
    return { finding, hints, template: undefined, registry: finding.registry, found };
  } catch (error) {
    const fitting = templateFor(root);
    if (!(error instanceof ConfigError) || error.code !== 'nothing-to-build' || fitting === undefined) throw error;
    if (questions === undefined) throw couldBeTemplate(error, fitting);
    if (!(await isYes(questions, `There is no Dockerfile. Write one for ${fitting}?`))) throw error;
    return fromTemplate(fitting, place, names);
  }
}

function fromTemplate(template: TemplateName, place: Place, names: ReturnType<typeof namesOf>): Found {
  checkTemplate(template, place.root, place.folder);
  const { registry, note } = choosePrefix(place.options.registry, { prefix: undefined, source: '' }, names);
  const hints = composeHints([templateCompose({ ...place.options, name: 'app' })]);
  return { finding: templateFinding, hints, template, registry, found: note === undefined ? [] : [note] };
}

function templateContents({ template }: Found, options: InitOptions, repository: string): NewFiles {
  if (template === undefined) return {};
  const choices = { ...options, name: keyOf(options.name ?? repository, 'the name of the images') };
  return {
    Dockerfile: templateDockerfile(template, choices),
    '.dockerignore': templateIgnore,
    [templateComposeFile]: templateCompose(choices),
  };
}

async function chooseRegistry({ registry }: Found, questions: Questions | undefined): Promise<string | undefined> {
  const answer = (await questions?.ask('Where are the images published?', registry ?? '')) ?? registry ?? '';
  if (answer === '') return undefined;
  parseRepository(`${answer}/image`, 'the registry');
  return answer;
}

async function isYes(questions: Questions | undefined, question: string): Promise<boolean> {
  return questions === undefined || /^y(?:es)?$/i.test(await questions.ask(question, 'yes'));
}

function namesOf({ env }: Pick<Ports, 'env'>, folder: string, { remote }: GitFacts) {
  return { folder, repository: env.GITHUB_REPOSITORY || undefined, remote: remote ?? undefined };
}

async function folderOf({ files }: Pick<Ports, 'files'>, repo: string): Promise<string> {
  const folder = await files.realPath(repo);
  if (folder !== undefined) return folder;
  throw new ConfigError({
    code: 'repository-missing',
    what: `there is no folder ${repo}`,
    where: '--repo',
    state: 'nothing was written',
    next: 'name the folder of the repository',
  });
}

function couldBeTemplate({ what, where = '', state }: ConfigError, template: TemplateName): ConfigError {
  const next = `slipway init --template ${template} writes a Dockerfile to begin with`;
  return new ConfigError({ code: 'nothing-to-build', what, where, state, next });
}
