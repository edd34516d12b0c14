import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../../script/commands/project.ts';
import { docker, type Lab } from './lab.ts';
import { type OtherUser, openOtherUser } from './other-user.ts';
import { type PoetryFiles, withSimpleIndex } from './poetry-index.ts';
import { failuresOf, openRunner, type Run, type Runner, stepsOf } from './runner.ts';
import type { Happening } from './runner-hello.ts';
import { requestsBelow, tagsBelow } from './runner-registry.ts';
import type { FoundStep } from './runner-report.ts';

/** The two workflows of the example. */
export type WorkflowName = 'lint' | 'tests';

/** What became of one workflow. */
export interface Happened {
  readonly run: Run;
  /** What failed, with what it said. */
  readonly failures: readonly string[];
  /** The one step of the action. */
  readonly step: FoundStep;
  /** All that the step said. */
  readonly said: string;
  /** How often the CLI started a build. */
  readonly builds: number;
  /** How often the hook ran. */
  readonly hooks: number;
  /** What changed the registry meanwhile, as `METHOD path`; to try a right and take that back changes nothing. */
  readonly writes: readonly string[];
  /** How many layers and other blobs were uploaded. */
  readonly uploads: number;
  /** What the tags of the image name afterwards. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The example as the repository of a team, with a runner whose user is nobody's first user. */
export interface TeamRepository extends AsyncDisposable {
  readonly image: string;
  readonly poetry: PoetryFiles;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Changes a file. */
  edit(file: string, change: (text: string) => string): Promise<void>;
  run(workflow: WorkflowName, happening: Happening): Promise<Happened>;
  /** Those of the containers that are still there. */
  remaining(ids: readonly string[]): Promise<readonly string[]>;
}

const hookText = 'the-hook-ran';
/** The CLI writes the time before it. */
const hookLine = new RegExp(`^\\s*(\\[[^\\]]*\\] )?${hookText}\\s*$`);

/** Opens the example. It differs in where it is published, in where packages are looked up, and in a hook that can be counted. */
export async function openTeamRepository(lab: Lab): Promise<TeamRepository> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'slipway-team-')));
  await cp(path.join(root, 'examples/devcontainer-poetry'), folder, { recursive: true });
  await chmod(folder, 0o755);
  const place = `t${randomBytes(6).toString('hex')}`;
  const image = `${lab.registry}/${place}/orbit-devcontainer`;
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const before = await read(file);
    const after = change(before);
    if (before === after) throw new Error(`nothing of ${file} was changed`);
    await writeFile(path.join(folder, file), after);
  };
  for (const workflow of ['lint', 'tests']) {
    await edit(`.github/workflows/${workflow}.yml`, (text) =>
      text.replace('ghcr.io/${{ github.repository }}-devcontainer', image),
    );
  }
  await edit('.devcontainer/devcontainer.json', (text) =>
    text.replace('"remoteUser"', `"postCreateCommand": "echo ${hookText}",\n  "remoteUser"`),
  );
  const poetry = await withSimpleIndex({ pyproject: await read('pyproject.toml'), lock: await read('poetry.lock') });
  const user: OtherUser = await openOtherUser(lab);
  const runner: Runner = await openRunner(lab, user);
  const repository: TeamRepository = {
    image,
    poetry,
    edit,
    async write(files) {
      for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
    },
    async run(workflow, happening) {
      const before = (await requestsBelow(lab, place)).length;
      const secrets = { GITHUB_TOKEN: 'a-token-of-the-job' };
      const file = `.github/workflows/${workflow}.yml`;
      const run = await runner.run({ folder, workflow: file, ...happening, caches: true, secrets });
      const [step] = stepsOf(run, 'devcontainer-prebuild');
      if (step === undefined) throw new Error(`no step of ours ran\n${run.log}`);
      const said = step.lines.join('\n');
      const requests = (await requestsBelow(lab, place)).slice(before);
      return {
        run,
        failures: failuresOf(run),
        step,
        said,
        builds: said.match(/Start: Run: docker (buildx )?build /g)?.length ?? 0,
        hooks: step.lines.filter((line) => hookLine.test(line)).length,
        writes: requests.filter((request) => /^PUT |[?&]mount=|^DELETE (?!.*\/blobs\/uploads\/)/.test(request)),
        uploads: requests.filter((request) => /^PUT .*\/blobs\/uploads\//.test(request)).length,
        tags: await tagsBelow(lab, place),
      };
    },
    async remaining(ids) {
      const all = await docker(lab, 'ps', '--all', '--quiet', '--no-trunc');
      return ids.filter((id) => all.includes(id));
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await user[Symbol.asyncDispose]();
      const images = await docker(lab, 'image', 'ls', '--quiet', '--no-trunc', image);
      for (const one of new Set(images.split('\n').filter((id) => id !== ''))) {
        await docker(lab, 'image', 'rm', '--force', one).catch(() => undefined);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
  await repository.write({ 'pyproject.toml': poetry.pyproject, 'poetry.lock': poetry.lock });
  return repository;
}
