import type { RegistryClient } from '../../clients/registry/client.ts';
import type { Digest } from '../../domain/digest.ts';
import { ConfigError } from '../../domain/errors.ts';
import { hostOf, parseRepository, type Repository } from '../../domain/image-ref.ts';
import { type ImageSet, setOf } from '../../domain/image-set.ts';
import type { Plan } from '../../domain/plan.ts';
import type { ImageRecord } from '../../domain/record.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { SplitImage } from '../../domain/whole-image.ts';
import type { Host } from '../../ports/host.ts';
import type { ActionPorts, Ports } from '../../ports/ports.ts';
import { assemble } from '../../stages/assemble.ts';
import { gate } from '../../stages/gate.ts';
import type { FindStore } from '../../stages/gating/views.ts';
import { storeContent, uploadProven } from '../archived-set.ts';
import { registryFor, type SignIn } from '../destination.ts';
import { dockerLogins } from '../docker-logins.ts';
import { storesInArtifacts } from '../found-stores.ts';
import { receivePlan, receiveResults } from '../handoff.ts';
import { provenBy } from '../proven-images.ts';
import { requireSetTest } from '../set-test.ts';

/** The user and password that an action may be given. */
export interface SignInInputs {
  readonly 'registry-username'?: string | undefined;
  readonly 'registry-password'?: string | undefined;
  /** For further registries. */
  readonly 'registry-logins'?: readonly SignIn[] | undefined;
  /** For GitHub's own registry, where nobody is named. */
  readonly 'github-token'?: string | undefined;
}

/** A client for the registry of a repository, signed in as the action was told. */
export function registryOf(ports: Ports, inputs: SignInInputs, repository: Repository | undefined): RegistryClient {
  return registryFor(ports, signInsOf(inputs, repository), inputs['github-token']);
}

/** What signs Docker in for the builds of a plan; those of a stranger get nothing of it. */
export async function buildLogins(ports: Ports, inputs: SignInInputs, plan: Plan): Promise<string | undefined> {
  if (plan.event.untrusted) return undefined;
  return dockerLogins(ports, signInsOf(inputs, plan.images[0]?.repository), inputs['github-token']);
}

function signInsOf(inputs: SignInInputs, repository: Repository | undefined): readonly SignIn[] {
  const { 'registry-username': username, 'registry-password': password } = inputs;
  if ((username === undefined) !== (password === undefined))
    throw halfSignIn(username === undefined ? 'registry-username' : 'registry-password');
  const further = furtherLogins(inputs);
  if (repository === undefined || username === undefined || password === undefined) return further;
  // Who is named by an input of its own is meant for this host, whatever else is said about it.
  const host = hostOf(repository);
  return [{ host, username, password }, ...further.filter((one) => one.host !== host)];
}

/** Sign-ins by host, in the one spelling of each. */
function furtherLogins({ 'registry-logins': logins = [] }: SignInInputs): readonly SignIn[] {
  return logins.map(({ host, username, password }, place) => {
    // Without a dot or a port it would be taken for a name at Docker Hub.
    if (host.includes('/') || !/[.:]|^localhost$/.test(host)) throw badLogin(place);
    try {
      return { host: hostOf(parseRepository(`${host}/name/image`, 'a login')), username, password };
    } catch {
      throw badLogin(place);
    }
  });
}

/** Told by its place: a line whose parts are in another order has the password first. */
function badLogin(place: number): ConfigError {
  return new ConfigError({
    code: 'input-invalid',
    what: `entry ${place + 1} of registry-logins does not begin with the host of a registry`,
    where: 'with: registry-logins',
    state: 'nothing was done',
    next: 'write HOST USER PASSWORD on each line: the host with its port and without a path, such as docker.io or quay.io',
  });
}

/** Signing in as somebody else than was meant is worse than not at all. */
export function halfSignIn(missing: keyof SignInInputs): ConfigError {
  return new ConfigError({
    code: 'input-invalid',
    what: `the input ${missing} is empty, and the other half of the sign-in is not`,
    where: `with: ${missing}`,
    state: 'nothing was done',
    next: `give both or neither; a secret that is not set arrives as an empty text: set it, and where the workflow is called hand it on:
    secrets:
      ${missing}: \${{ secrets.${missing.toUpperCase().replace('-', '_')} }}`,
  });
}

/** A set on its way to be released: what it is, where it is, and what the gate says of it. */
export interface GatedSet {
  readonly plan: Plan;
  readonly set: ImageSet;
  /** Of these images, those that were built in parts. */
  readonly split: readonly SplitImage[];
  readonly registry: RegistryClient;
  readonly verdict: Verdict;
}

/** Takes the plan and the results of this run, and asks the gate. No step trusts that another one asked before it. */
export async function gateRun(
  ports: ActionPorts,
  host: Host,
  inputs: SignInInputs & HandoffInputs & { readonly 'set-test'?: string | undefined },
): Promise<GatedSet> {
  const received = await receiveSet(ports, host, inputs);
  await requireSetTest(ports, received, inputs['set-test']);
  return gateSet(ports, inputs, received);
}

/** The same for the first step that may write: what lies in artifacts is proven there, and then uploaded. */
export async function gateAndUpload(
  ports: ActionPorts,
  host: Host,
  inputs: SignInInputs & HandoffInputs & { readonly 'set-test'?: string | undefined },
): Promise<GatedSet> {
  await using kept = await ports.files.tempFolder('slipway-stores-', host.temp);
  const received = await receiveSet(ports, host, inputs, (plan) => storesInArtifacts(ports, plan, kept.path));
  await requireSetTest(ports, received, inputs['set-test']);
  const { findStore } = received;
  if (findStore !== undefined) {
    const verdict = await uploadProven(ports, { ...received, findStore });
    if (verdict.state !== 'match') return { ...received, verdict };
  }
  return await gateSet(ports, inputs, received);
}

/** What the jobs before handed on. */
interface HandoffInputs {
  readonly plan: string;
  readonly results?: string | undefined;
}

/** What the jobs of a run handed on. */
export interface ReceivedSet extends Pick<GatedSet, 'plan' | 'set' | 'split' | 'registry'> {
  readonly records: readonly ImageRecord[];
  /** Where images are that are in no registry yet. */
  readonly findStore?: FindStore | undefined;
}

/** The set of this run, as its plan and the results of its jobs make it. */
export async function receiveSet(
  ports: ActionPorts,
  host: Host,
  inputs: SignInInputs & HandoffInputs,
  storesOf?: (plan: Plan) => FindStore,
): Promise<ReceivedSet> {
  const { plan, results } = await ports.log.group('what the jobs before handed on', async () => {
    const known = await receivePlan(ports, host, inputs.plan);
    const rows = known.plan.rows;
    return { plan: known.plan, results: await receiveResults(ports, { known, run: host.run, rows }, inputs.results) };
  });
  const registry = registryOf(ports, inputs, [...plan.images, ...plan.carried][0]?.repository);
  const records = results.flatMap((result) => result.records);
  // What is uploaded only when it is released lies in stores until then.
  const findStore = plan.staging === 'archive' ? storesOf?.(plan) : undefined;
  const contentOf = findStore && storeContent(findStore, registry);
  const split = await assemble({ registry }, { plan, records, contentOf });
  return { plan, set: setOf(plan, provenBy(results, split)), split, records, registry, findStore };
}

/** Asks the gate about a set. */
export async function gateSet(
  ports: Ports,
  inputs: SignInInputs,
  work: Pick<GatedSet, 'plan' | 'set' | 'split'>,
): Promise<GatedSet> {
  const registry = registryOf(ports, inputs, work.set.images[0]?.repository);
  return { ...work, registry, verdict: await gate({ registry }, work) };
}

/** Inputs that only together say what is to be done. */
export function needInputs(action: string, way: string): ConfigError {
  return new ConfigError({
    code: 'inputs-missing',
    what: `${action} was given neither a plan nor ${way}`,
    where: `with: of ${action}`,
    state: 'nothing was done',
    next: 'give it plan (the output of matrix-generate) and results (what toJSON(needs) gives)',
  });
}

/** The digest of each image of a set, as an output says it. */
export function digestsOf(set: ImageSet): string {
  return JSON.stringify(Object.fromEntries(set.images.map(({ key, digest }): [string, Digest] => [key, digest])));
}
