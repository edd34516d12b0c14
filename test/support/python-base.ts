import { existsSync } from 'node:fs';
import { copyFile, readdir, rm, symlink } from 'node:fs/promises';
import { arch } from 'node:os';
import path from 'node:path';
import { unpackPackages } from '../../script/commands/lab/apt-archive.ts';
import { run } from '../../script/commands/lab/command.ts';
import { layoutOf } from '../../script/commands/lab/layout.ts';
import type { Recipe } from '../../script/commands/lab/recipes/recipe.ts';
import { ensureTool } from '../../script/commands/lab/tool-cache.ts';
import { root } from '../../script/commands/project.ts';
import { crane, type Lab } from './lab.ts';

/** The name that Dockerfiles have for it. */
export const pythonBase = 'python:3.11-slim';

const suite = 'bookworm';
const packages = ['python3', 'python3-pip', 'python3-venv', 'ca-certificates'];
const certificates = 'etc/ssl/certs/ca-certificates.crt';
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Puts a stand-in for Python's own image into the mirror: a small Debian with its Python 3.11, pip and apt, which trusts
 * whom this machine trusts. What is built on it gets packages of Debian and of Python from where this machine gets them.
 */
export async function ensurePythonBase(lab: Lab): Promise<void> {
  const architecture = architectures[arch()] ?? 'amd64';
  const folder = await ensureTool(layoutOf(root).cacheDir, recipeOf(architecture));
  const made = `${lab.mirror}/library/python`;
  // Made of the same layer with the same words it has the same digest, so that caches stay good.
  await crane(
    lab,
    'append',
    '--oci-empty-base',
    '--new_layer',
    path.join(folder, 'root.tar'),
    '--new_tag',
    `${made}:layer`,
  );
  const trust = ['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'PIP_CERT'].flatMap((name) => [
    '--env',
    `${name}=/${certificates}`,
  ]);
  // A network that is slow for a moment is not what is tested.
  const patience = [
    'PIP_DEFAULT_TIMEOUT=120',
    'POETRY_REQUESTS_TIMEOUT=120',
    'POETRY_REQUESTS_MAX_RETRIES=3',
    'UV_HTTP_TIMEOUT=120',
  ].flatMap((one) => ['--env', one]);
  const search = ['--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '--cmd', 'python3'];
  const platform = ['--set-platform', `linux/${architecture}`];
  await crane(
    lab,
    'mutate',
    `${made}:layer`,
    ...platform,
    ...trust,
    ...patience,
    ...search,
    '--tag',
    `${lab.mirror}/library/${pythonBase}`,
  );
}

function recipeOf(architecture: string): Recipe {
  return {
    name: `python-base-${suite}-${architecture}`,
    version: '1',
    make: async ({ out, temp }) => {
      const tool = await unpackPackages(architecture, ['debootstrap'], path.join(temp, 'apt'));
      const system = path.join(temp, 'root');
      const program = [path.join(tool, 'usr/sbin/debootstrap'), '--variant=minbase', `--include=${packages.join(',')}`];
      await run('sh', [...program, suite, system], {
        env: { DEBOOTSTRAP_DIR: path.join(tool, 'usr/share/debootstrap') },
      });
      await slim(system);
      const fixed = [
        '--sort=name',
        '--mtime=@0',
        '--numeric-owner',
        '--format=posix',
        '--pax-option=delete=atime,delete=ctime',
      ];
      await run('tar', [...fixed, '--create', '--file', path.join(out, 'root.tar'), '--directory', system, '.']);
    },
  };
}

/** Leaves out what the slim images leave out, and makes Python be called as they call it. */
async function slim(system: string): Promise<void> {
  const at = (file: string): string => path.join(system, file);
  const lists = [
    'var/cache/apt',
    'var/lib/apt/lists',
    'var/log',
    'dev',
    'usr/share/doc',
    'usr/share/man',
    'usr/share/locale',
  ];
  for (const folder of lists) {
    for (const name of await readdir(at(folder))) await rm(path.join(at(folder), name), { recursive: true });
  }
  await run('find', [at('usr'), '-name', '__pycache__', '-prune', '-exec', 'rm', '-rf', '{}', '+']);
  // Python's own image lets pip install where it likes.
  await rm(at('usr/lib/python3.11/EXTERNALLY-MANAGED'), { force: true });
  await symlink('python3', at('usr/bin/python'));
  if (existsSync(`/${certificates}`)) await copyFile(`/${certificates}`, at(certificates));
}
