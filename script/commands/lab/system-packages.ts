import { attempt, run } from './command.ts';
import { LabError, MISSING_PREREQUISITE } from './lab-error.ts';
import { timed } from './progress.ts';

/** Debian packages that nothing else can stand in for. */
const SYSTEM_PACKAGES: readonly string[] = [
  'busybox-static',
  'ca-certificates',
  'docker-registry',
  'gcc',
  'iproute2',
  'iptables',
  'libc6-dev',
  'libdevmapper1.02.1',
  'libseccomp-dev',
  'patch',
  'pkg-config',
  'qemu-user-static',
  'skopeo',
  'tini',
];

// biome-ignore lint/suspicious/noTemplateCurlyInString: these are dpkg-query's own placeholders
const FORMAT = '${Package} ${db:Status-Status}\n';

/** Installs what is missing; without root it says what somebody else has to install. */
export async function ensureSystemPackages(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  if (!isRoot()) {
    throw new LabError(`these packages are missing: sudo apt-get install ${missing.join(' ')}`, MISSING_PREREQUISITE);
  }
  // Installed services stay off: the lab starts its own, on ports of its own.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await timed(`apt packages ${missing.join(', ')}`, 'installed', async () => {
    await run('apt-get', ['update', '--quiet=2'], { env });
    await run('apt-get', ['install', '--yes', '--quiet=2', '--no-install-recommends', ...missing], { env });
  });
}

/** Do we have the rights that an engine needs? */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function missingPackages(): Promise<readonly string[]> {
  const query = await attempt('dpkg-query', ['-W', '-f', FORMAT, ...SYSTEM_PACKAGES]);
  if (query.exitCode === 127) {
    throw new LabError(
      'the lab builds itself on Debian or Ubuntu only: start an engine with buildx',
      MISSING_PREREQUISITE,
    );
  }
  const installed = new Set(query.stdout.split('\n'));
  return SYSTEM_PACKAGES.filter((name) => !installed.has(`${name} installed`));
}
