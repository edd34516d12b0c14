import { readGit } from '../../clients/git.ts';
import { ConfigError } from '../../domain/errors.ts';
import { isRefresh } from '../../domain/event.ts';
import { hostOf, parseRepository } from '../../domain/image-ref.ts';
import { matrixText } from '../../domain/matrix.ts';
import type { Plan } from '../../domain/plan.ts';
import { mayPublish } from '../../domain/rights.ts';
import { levelCount, spreadRows } from '../../domain/rows.ts';
import { readRunners } from '../../domain/runners.ts';
import type { SecretLine } from '../../formats/actions/secret-lines.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts } from '../../ports/ports.ts';
import { planSummary } from '../../reports/plan-summary.ts';
import { plan as makePlan } from '../../stages/plan.ts';
import { changesIn, dependenciesIn, givenTagsIn } from '../changes.ts';
import { impatient } from '../destination.ts';
import { lookFirst, requireCheckout, withSignInLines } from '../first-look.ts';
import { sendPlan } from '../handoff.ts';
import { listOnce } from '../listed-once.ts';
import { readProject } from '../project.ts';
import { registryOf, type SignInInputs } from './action.ts';
import { givenSecrets, type SecretInputs } from './given-secrets.ts';

/** The inputs of the action. */
export interface MatrixGenerateInputs extends SignInInputs {
  readonly config?: string | undefined;
  readonly registry?: string | undefined;
  readonly images: readonly string[];
  readonly since?: string | undefined;
  readonly tags?: string | undefined;
  readonly 'max-jobs': number;
  readonly 'rebuild-base': boolean;
  readonly preflight?: boolean;
  readonly builder?: string | undefined;
  readonly secrets?: readonly SecretLine[];
}

const noSecrets = { secrets: [], 'secret-envs': [], 'secret-files': [] };

/** Makes the plan of a run and hands it to the jobs after it. */
export async function matrixGenerate(
  ports: ActionPorts,
  host: Host,
  inputs: MatrixGenerateInputs & Partial<SecretInputs>,
): Promise<void> {
  const folder = host.workspace;
  await requireCheckout(ports.files, folder);
  const git = await readGit(ports.exec, folder);
  const listed = listOnce(ports.files);
  const { config, configFile } = await readProject({ ...ports, files: listed.first }, folder, {
    asked: inputs.config,
    registry: inputs.registry,
    remote: git.remote,
  });
  const prefix = config.registry ?? missingRegistry(configFile);
  const home = parseRepository(`${prefix}/image`, 'registry');
  const registry = registryOf(ports, inputs, home);
  const planning = makePlan(
    {
      ...ports,
      files: listed.second(config),
      registry,
      // A base may lie in the same registry, behind the same sign-in.
      bases: registryOf(impatient(ports), inputs, home),
    },
    {
      folder,
      config,
      configFile,
      prefix,
      event: { ...host.event, rebuildBase: inputs['rebuild-base'] },
      run: host.run,
      commit: { id: git.commit, time: git.commitTime, dirty: git.dirty },
      only: inputs.images.length === 0 ? undefined : inputs.images,
      offline: false,
      changes: changesIn(ports, { folder, event: host.event }, inputs.since),
      dependencies: dependenciesIn(ports, { folder, event: host.event }),
      givenTags: givenTagsIn(inputs.tags, 'the input tags'),
    },
  );
  const planned = await (inputs.preflight === true ? withSignInLines(planning, hostOf(home)) : planning);
  const runners = readRunners(config.runners, {
    platforms: planned.images.flatMap((image) => image.platforms),
    file: configFile,
  });
  const { rows, notes } = spreadRows(planned, { maxJobs: inputs['max-jobs'], runners });
  const plan: Plan = { ...planned, rows: [...rows], notes: [...planned.notes, ...notes] };
  for (const note of plan.notes) ports.log.notice(note);
  if (inputs.preflight === true) {
    await lookFirst(ports, {
      ...{ plan, folder, registry, host: hostOf(home), builder: inputs.builder },
      secrets: givenSecrets(host, { ...noSecrets, ...inputs }),
    });
  }
  await sendDockerfiles(ports, plan);
  const { outputs } = ports;
  await outputs.set('plan', await ports.log.group('the plan, as an artifact', () => sendPlan(ports, plan)));
  await outputs.set('matrix', matrixText(plan.rows));
  for (let level = 1; level <= levelCount; level++) {
    await outputs.set(`matrix-${level}`, matrixText(plan.rows.filter((row) => row.level === level)));
  }
  await outputs.set('count', String(plan.images.length));
  await outputs.set('version', plan.version ?? '');
  await outputs.set('python-versions-json', JSON.stringify(config.pythonVersions));
  await outputs.set('rebuild-flag', String(isRefresh(plan.event)));
  await outputs.set('publish', String(mayPublish(plan.rights)));
  await outputs.summary(planSummary(plan));
}

/** For people: the jobs that build have the texts from the plan. */
async function sendDockerfiles({ artifacts }: Pick<ActionPorts, 'artifacts'>, plan: Plan): Promise<void> {
  const made = plan.images.filter(({ dockerfileText }) => dockerfileText !== null);
  if (made.length === 0) return;
  const encoder = new TextEncoder();
  const files = made.map(({ dockerfile, dockerfileText }) => {
    return [dockerfile.replaceAll('/', '-'), encoder.encode(dockerfileText ?? '')] as const;
  });
  await artifacts.upload('slipway-dockerfiles', Object.fromEntries(files));
}

function missingRegistry(configFile: string): never {
  throw new ConfigError({
    code: 'registry-missing',
    what: 'nothing says where images are published',
    where: configFile,
    state: 'nothing was built',
    next: 'write registry: ghcr.io/OWNER/REPO into it, or give the input registry',
  });
}
