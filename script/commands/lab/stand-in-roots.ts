import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unpackPackages } from './apt-archive.ts';
import { run } from './command.ts';

/**
 * A file system with a shell and its applets, or with nothing but users and /tmp.
 *
 * The applets are links to one program that goes by the name it is called with. An emulator registered
 * without flag P loses that name: applets fail there then, and `RUN sleep 1; true` only hides it.
 * The program is linked statically with glibc, so its applets do not resolve host names (wget crashes).
 */
export async function makeRoot(folder: string, name: string, busybox: string | undefined): Promise<void> {
  await mkdir(path.join(folder, 'etc'), { recursive: true });
  await mkdir(path.join(folder, 'tmp'));
  await writeFile(
    path.join(folder, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(path.join(folder, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  await writeFile(path.join(folder, 'etc/os-release'), `ID=${name}\nPRETTY_NAME="stand-in for ${name}"\n`);
  if (busybox === undefined) return;
  for (const directory of ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'root', 'var', 'proc', 'sys', 'dev']) {
    await mkdir(path.join(folder, directory), { recursive: true });
  }
  await copyFile(busybox, path.join(folder, 'bin/busybox'));
  // The list comes from the machine's own busybox: it is of the same version as the foreign one.
  const applets = (await run('busybox', ['--list-full']))
    .split('\n')
    .filter((applet) => /^(usr\/)?s?bin\/(?!busybox$)/.test(applet));
  for (const applet of applets) await symlink('/bin/busybox', path.join(folder, applet));
}

/** Packs a file system the same way every time, so that a stand-in keeps its digest. */
export async function packRoot(folder: string, archive: string): Promise<void> {
  await run('chmod', ['-R', 'u=rwX,go=rX', folder]);
  await run('chmod', ['1777', path.join(folder, 'tmp')]);
  const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];
  await run('tar', [...fixed, '--create', '--file', archive, '--directory', folder, '.']);
}

/** Fetches the busybox of an architecture that need not be the machine's. */
export async function fetchBusybox(architecture: string, temp: string): Promise<string> {
  const root = await unpackPackages(architecture, ['busybox-static'], path.join(temp, `apt-${architecture}`));
  return path.join(root, 'bin/busybox');
}
