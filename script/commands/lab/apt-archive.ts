import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command.ts';
import { LabError } from './lab-error.ts';

/**
 * Unpacks Debian packages beside the machine and returns the root of their files. Nothing is installed, no
 * service starts, and the lists of packages are our own: the machine's stay as they are.
 */
export async function unpackPackages(
  architecture: string,
  packages: readonly string[],
  folder: string,
): Promise<string> {
  await mkdir(path.join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(path.join(folder, 'cache/archives/partial'), { recursive: true });
  const settings = {
    'Dir::State': path.join(folder, 'state'),
    'Dir::Cache': path.join(folder, 'cache'),
    'Dir::State::status': '/dev/null',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, '--quiet=2', 'update']);
  await run('apt-get', [...options, '--quiet=2', 'download', ...packages], { cwd: folder });
  const archives = (await readdir(folder)).filter((file) => file.endsWith('.deb'));
  if (archives.length !== packages.length) throw new LabError(`apt has not all of ${packages.join(', ')}`);
  const root = path.join(folder, 'root');
  for (const archive of archives) await run('dpkg-deb', ['--extract', path.join(folder, archive), root]);
  return root;
}
