import { type GitFacts, readGit } from '../clients/git.ts';
import { ConfigError } from '../domain/errors.ts';
import { parseRepository } from '../domain/image-ref.ts';
import type { Plan } from '../domain/plan.ts';
import { choosePrefix } from '../formats/discovery/registry-prefix.ts';
import { composeHints } from '../formats/init/compose-hints.ts';
import { templateCompose } from '../formats/init/compose-template.ts';
import type { ConfigChoices } from '../formats/init/config-choices.ts';
import type { TemplateName } from '../formats/init/template-choices.ts';
import type { Ports } from '../ports/ports.ts';
import type { Questions } from '../ports/questions.ts';
import { discover } from '../stages/planning/discovery.ts';
import { generateDockerfiles } from '../stages/planning/generate.ts';
import { pathFor } from './destination.ts';
import { imageFiles, isYes, namesOf, workflowFile } from './init-contents.ts';
import { devcontainerFiles, type FoundDevcontainer, findDevcontainer } from './init-devcontainer.ts';
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
  /** What runs in a dev container that is found, as NAME=COMMAND. */
  readonly runs?: readonly string[];
  readonly force: boolean;
}

/** What was found and written, and what a run would now do. */
export interface InitOutcome {
  readonly found: readonly string[];
  /** The paths of what was written, in the repository. */
  readonly files: readonly string[];
  /** Absent where there is a dev container, and no image beside it. */
  readonly plan?: Plan;
}

const configFiles = ['slipway.yml', '.github/slipway.yml'];
const templateFiles = ['Dockerfile', '.dockerignore', templateComposeFile];

/** Looks at a repository and writes what a run needs; without somebody to ask, the options and what is usual decide. */
export async function init(ports: Ports, options: InitOptions, questions?: Questions): Promise<InitOutcome> {
  const folder = await folderOf(ports, options.repo);
  const overwritten = [...configFiles, workflowFile, ...(options.template === undefined ? [] : templateFiles)];
  if (!options.force) await refuseToOverwrite(ports.files, folder, overwritten);
  const root = (await ports.files.list(folder)).map(({ name }) => name);
  const git = await readGit(ports.exec, folder);
  const container = options.template === undefined ? await findDevcontainer(ports.files, folder, root) : undefined;
  const look = await lookAt(ports, { folder, root, git, options, container }, questions);
  const registry = await chooseRegistry(look.registry, questions);
  const contents: NewFiles = {
    ...(look.finding === undefined
      ? {}
      : await imageFiles(ports, { ...look, folder, root, git, options, registry }, questions)),
    ...(container === undefined
      ? {}
      : devcontainerFiles(container, git, { runs: await chooseRuns(options, questions), registry })),
  };
  // Which template it is may have been found only now.
  if (!options.force) await refuseToOverwrite(ports.files, folder, Object.keys(contents));
  await writeTogether(ports.files, folder, { contents, force: options.force });
  // Where images go was asked, and answered otherwise than it was found.
  const all = [...look.found, ...(container?.found ?? [])];
  const found = all.filter((one) => registry === look.registry || !one.startsWith('registry: '));
  const written = { found, files: Object.keys(contents) };
  if (look.finding === undefined) return written;
  const prefix = registry ?? `registry.invalid/${pathFor({ folder, configured: undefined })}`;
  return { ...written, plan: await planHere(ports, { repo: folder, registry: prefix, offline: true }) };
}

interface Place {
  readonly folder: string;
  readonly root: readonly string[];
  readonly git: GitFacts;
  readonly options: InitOptions;
  readonly container: FoundDevcontainer | undefined;
}

interface FoundImages extends Pick<ConfigChoices, 'finding' | 'hints' | 'template' | 'registry'> {
  readonly found: readonly string[];
}

/** Nothing but a dev container. */
interface NoImages extends Pick<FoundImages, 'registry' | 'found'> {
  readonly finding: undefined;
}

/** What is to be built: what lies there, or what a template makes. */
async function lookAt(ports: Ports, place: Place, questions: Questions | undefined): Promise<FoundImages | NoImages> {
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
    if (!(error instanceof ConfigError) || error.code !== 'nothing-to-build') throw error;
    if (place.container !== undefined) {
      const { registry, found } = prefixOf(place, names);
      // The workflow of a dev container says itself where its image goes.
      return { finding: undefined, registry, found: registry === undefined ? [] : found };
    }
    const fitting = templateFor(root);
    if (fitting === undefined) throw error;
    if (questions === undefined) throw couldBeTemplate(error, fitting);
    if (!(await isYes(questions, `There is no Dockerfile. Write one for ${fitting}?`))) throw error;
    return fromTemplate(fitting, place, names);
  }
}

function fromTemplate(template: TemplateName, place: Place, names: ReturnType<typeof namesOf>): FoundImages {
  checkTemplate(template, place.root, place.folder);
  const hints = composeHints([templateCompose({ ...place.options, name: 'app' })]);
  return { finding: templateFinding, hints, template, ...prefixOf(place, names) };
}

/** Where images are published, of which nothing in the repository says it. */
function prefixOf({ options }: Place, names: ReturnType<typeof namesOf>): Pick<NoImages, 'registry' | 'found'> {
  const { registry, note } = choosePrefix(options.registry, { prefix: undefined, source: '' }, names);
  return { registry, found: note === undefined ? [] : [note] };
}

async function chooseRegistry(
  registry: string | undefined,
  questions: Questions | undefined,
): Promise<string | undefined> {
  const answer = (await questions?.ask('Where are the images published?', registry ?? '')) ?? registry ?? '';
  if (answer === '') return undefined;
  parseRepository(`${answer}/image`, 'the registry');
  return answer;
}

async function chooseRuns({ runs = [] }: InitOptions, questions: Questions | undefined): Promise<readonly string[]> {
  if (runs.length > 0 || questions === undefined) return runs;
  const answer = (await questions.ask('What runs in the dev container, as NAME=COMMAND?', '')).trim();
  return answer === '' ? [] : [answer];
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
