import type { Ports } from '../../src/ports/ports.ts';
import type { Lab } from './lab.ts';
import { labRegistry, startCraneRegistry, startEmbedded, type TestRegistry } from './registries.ts';
import { startDistribution } from './registries-distribution.ts';
import { basicDoor, bearerDoor } from './registries-doors.ts';
import { startFront } from './registries-front.ts';

export type SignIn = 'nobody' | 'password' | 'token';

/** What a registry does of what the specification leaves open. */
export interface RegistryTraits {
  /** It lists referrers itself; without that, the list is in a tag. */
  readonly listsReferrers: boolean;
  /** Manifests may have sha512 digests; blobs may everywhere. */
  readonly takesSha512Manifests: boolean;
  /** What is deleted by its digest takes its tags along. */
  readonly deletesTagsToo: boolean;
  /** It takes no manifest whose blobs are missing. */
  readonly requiresBlobs: boolean;
  /** It says how far an upload has come, so that one can go on after a break. */
  readonly resumesUploads: boolean;
  /** Each repository has blobs of its own; without that there is nothing to mount. */
  readonly keepsBlobsApart: boolean;
  /** It lists tags in pages of the size that is asked for, and says where the next one is. */
  readonly listsInPages: boolean;
  /** An account can be allowed to read only. */
  readonly knowsReaders: boolean;
}

/** One registry that every test of the contract runs against. */
export interface RegistryKind {
  readonly name: string;
  readonly signIn: SignIn;
  readonly traits: RegistryTraits;
  start(lab: Lab, ports: Pick<Ports, 'clock'>): Promise<TestRegistry>;
}

interface Make {
  readonly name: string;
  readonly traits: Omit<RegistryTraits, 'knowsReaders'>;
  /** An htpasswd file knows names and no rights. */
  readonly passwordsHaveRights: boolean;
  readonly start: (signIn: SignIn, lab: Lab, ports: Pick<Ports, 'clock'>) => Promise<TestRegistry>;
}

const distributionTraits: Make['traits'] = {
  listsReferrers: false,
  takesSha512Manifests: false,
  deletesTagsToo: true,
  requiresBlobs: true,
  // The 2.8 line forgets an upload that broke.
  resumesUploads: false,
  keepsBlobsApart: true,
  listsInPages: false,
};

const doors = { nobody: undefined, password: basicDoor, token: bearerDoor };

const makes: readonly Make[] = [
  {
    name: 'our registry',
    traits: {
      listsReferrers: true,
      takesSha512Manifests: true,
      deletesTagsToo: true,
      requiresBlobs: true,
      resumesUploads: true,
      keepsBlobsApart: true,
      listsInPages: true,
    },
    passwordsHaveRights: true,
    start: (signIn, _, ports) => startEmbedded(ports, doors[signIn]),
  },
  {
    name: "Debian's docker-registry 2.8",
    traits: distributionTraits,
    passwordsHaveRights: false,
    start: async (signIn, lab) =>
      signIn === 'nobody' ? labRegistry(lab) : startDistribution('docker-registry', signIn),
  },
  {
    name: 'Distribution 3',
    traits: { ...distributionTraits, resumesUploads: true, listsInPages: true },
    passwordsHaveRights: false,
    start: async (signIn, lab) =>
      signIn === 'nobody'
        ? { ...labRegistry(lab), host: lab.registry3 }
        : startDistribution(lab.tools.distribution, signIn),
  },
  {
    name: "go-containerregistry's registry",
    traits: {
      listsReferrers: false,
      takesSha512Manifests: true,
      deletesTagsToo: false,
      requiresBlobs: false,
      resumesUploads: false,
      keepsBlobsApart: false,
      listsInPages: false,
    },
    passwordsHaveRights: true,
    async start(signIn, lab) {
      const registry = await startCraneRegistry(lab);
      const door = doors[signIn];
      return door === undefined ? registry : startFront(registry, door);
    },
  },
];

/** Each registry with each way to sign in. */
export const registryKinds: readonly RegistryKind[] = makes.flatMap(({ name, traits, passwordsHaveRights, start }) =>
  (['nobody', 'password', 'token'] as const).map((signIn) => ({
    name: `${name}, ${signIn === 'nobody' ? 'without a sign-in' : `with a ${signIn}`}`,
    signIn,
    traits: { ...traits, knowsReaders: signIn === 'token' || (signIn === 'password' && passwordsHaveRights) },
    start: (lab, ports) => start(signIn, lab, ports),
  })),
);
