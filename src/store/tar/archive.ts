import type { Files } from '../../ports/files.ts';
import { openContents } from './contents.ts';
import { openDockerForm } from './docker-form.ts';
import { unusable } from './failure.ts';
import { type OpenForm, openOciForm } from './oci-form.ts';

/** Opens an archive of images where it lies; nothing is unpacked. With both forms in it, the OCI form counts, for it keeps digests. */
export async function openArchive(files: Files, path: string): Promise<OpenForm> {
  const contents = await openContents(files, path);
  const form = (await openOciForm(contents)) ?? (await openDockerForm(contents));
  if (form !== undefined) return form;
  throw unusable({
    code: 'archive-unknown',
    what: 'the archive holds neither an OCI image layout nor what `docker save` writes',
    where: path,
    next: 'name a file that `docker save`, `buildx build --output type=oci` or `slipway copy` wrote',
  });
}
