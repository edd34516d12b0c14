import type { RegistryClient } from '../clients/registry/client.ts';
import { buildKitImage } from '../domain/buildkit-image.ts';
import { ConfigError, RefusedError, RemoteError, type SlipwayError, ToolError } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import { mayPublish } from '../domain/rights.ts';
import { homeOf } from '../domain/staging.ts';
import type { Files } from '../ports/files.ts';
import type { Ports } from '../ports/ports.ts';
import { findSecrets, type GivenSecret } from '../stages/building/secrets.ts';
import { forEach } from '../stages/tagging/at-once.ts';
import { findBuilder, requireEngine } from './builder.ts';

const state = 'nothing was built and nothing was released';

/** A right is that of an account: whoever may push to so many repositories of a set may push to the others. */
const mostRepositories = 64;

/** What the jobs after the plan stand on. */
export interface FirstLook {
  readonly plan: Plan;
  readonly folder: string;
  readonly registry: RegistryClient;
  /** The host of the registry that is published to. */
  readonly host: string;
  /** The builder that the jobs are told to use. */
  readonly builder: string | undefined;
  readonly secrets: ReadonlyMap<string, GivenSecret>;
}

/** Looks before anything is built whether the jobs after the plan could do their work; what is missing is told with the lines that mend it. */
export async function lookFirst(ports: Ports, look: FirstLook): Promise<void> {
  // All at once: each of them waits for somebody else.
  const looks = [lookAtRights(look), lookAtSecrets(ports, look), lookAtRunner(ports, look)];
  const ends = await Promise.allSettled(looks);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Without a checkout the workspace is empty, and whatever is missed in it would be named as missing. */
export async function requireCheckout(files: Files, folder: string): Promise<void> {
  if ((await files.list(folder)).length > 0) return;
  throw new ConfigError({
    code: 'checkout-missing',
    what: 'the workspace is empty: the job has not checked the repository out',
    where: folder,
    state,
    next: `put this before the step:
    - uses: actions/checkout@v6
      with:
        fetch-depth: 0
and give the job this right:
    permissions:
      contents: read`,
  });
}

/**
 * Begins an upload where each image that is built goes, and where it lies until then, and takes it back; of a run that publishes nothing
 * nothing is asked.
 */
export async function requireRights(
  registry: RegistryClient,
  plan: Pick<Plan, 'rights' | 'images'>,
  where: 'destination' | 'everywhere',
): Promise<void> {
  if (!mayPublish(plan.rights)) return;
  const all = plan.images.flatMap((image) => {
    const { repository, alsoIn = [] } = image;
    return [repository, homeOf(image), ...(where === 'everywhere' ? alsoIn : [])];
  });
  await forEach([...new Set(all)].slice(0, mostRepositories), (repository) => registry.requirePush(repository));
}

/** Of further registries nothing is asked: the jobs that publish there are given the sign-ins, and this one is not. */
export async function lookAtRights({
  registry,
  host,
  plan,
}: Pick<FirstLook, 'registry' | 'host' | 'plan'>): Promise<void> {
  await withSignInLines(requireRights(registry, plan, 'destination'), host);
}

/**
 * Whatever the registry that is published to denies to the first job of a workflow is told with what a caller of that workflow has to
 * add. A registry elsewhere, such as that of a base, has nothing of these lines.
 */
export async function withSignInLines<T>(asking: Promise<T>, destination: string): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.code !== 'registry-denied') throw error;
    const { code, what, where = '', status, host } = error;
    const lines = status === 403 ? packagesLine : signInLines;
    const next = host === destination ? lines : error.next;
    throw new RemoteError({ code, what, where, state, next, cause: error });
  }
}

const packagesLine = `in the workflow that calls this one, add to the job:
    permissions:
      contents: read
      packages: write
in a registry that is not GitHub's, give the account that signs in the right to write`;

const signInLines = `in the workflow that calls this one, add to the job, with the names of your own secrets:
    secrets:
      registry-username: \${{ secrets.REGISTRY_USERNAME }}
      registry-password: \${{ secrets.REGISTRY_PASSWORD }}
for ghcr.io the token of the job is enough: there add "packages: write" to its permissions`;

/** A run of a stranger is given no secrets, and whether they matter its Dockerfile says. */
async function lookAtSecrets(ports: Ports, { plan, folder, secrets }: FirstLook): Promise<void> {
  if (plan.event.untrusted) return;
  // What may be missing is told by the job that builds without it.
  const log = { notice: () => undefined };
  const asked = plan.images.flatMap((image) => image.options.secrets.map((secret) => ({ image, secret })));
  for (const { image, secret } of asked) {
    const alone = { ...image, options: { ...image.options, secrets: [secret] } };
    try {
      await findSecrets({ ...ports, log }, { image: alone, folder, secrets });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const { code, what, where = '' } = error;
      throw new RefusedError({ code, what, where, state, next: secretLines(secret.id), cause: error });
    }
  }
}

function secretLines(id: string): string {
  return `in the workflow that calls this one, add to the job, with the name of your own secret:
    secrets:
      build-secrets: |
        ${id}=\${{ secrets.${id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')} }}
or say optional: true of it in slipway.yml`;
}

/** Jobs whose runners have labels of their own may find there what this one lacks. */
async function lookAtRunner(ports: Ports, { plan, builder }: FirstLook): Promise<void> {
  const isOurs = plan.rows.some(({ runner }) => runner.length === 0);
  if (!isOurs && plan.setTest === undefined) return;
  try {
    const found = await findBuilder(ports, builder);
    await requireEngine(ports);
    if (!found.canExport) ports.log.notice(classicText(found.name));
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, what, where = '', next } = error;
    throw new ToolError({ code, what, where, state, next: `${next}\n${runnerLines(error)}`, cause: error });
  }
}

function runnerLines({ code }: SlipwayError): string {
  if (code === 'builder-missing' || code === 'builder-cannot-export') {
    return 'or leave the line with builder: out of the workflow';
  }
  return `or choose a runner that has Docker; in the workflow that calls this one, add to the job:
    with:
      runs-on: ubuntu-latest`;
}

function classicText(name: string): string {
  return `the engine of this runner has the classic image store, so its builder ${name} cannot write a build to disk: each job makes a builder of ${buildKitImage} and removes it. On a runner of your own this spares that: "docker buildx create --name slipway --driver docker-container --bootstrap" there once, and "builder: slipway" below with: in the workflow; or, from Docker 24 on, {"features": {"containerd-snapshotter": true}} in /etc/docker/daemon.json`;
}
