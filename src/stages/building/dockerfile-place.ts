import { joinPath } from '../../domain/path.ts';
import type { PlannedImage } from '../../domain/plan.ts';
import type { Files } from '../../ports/files.ts';
import { filterOf, readIgnored } from '../planning/ignored.ts';

/** What we keep in a repository: registries, stores and logs, which change with every run. */
const ours = '.slipway';

/**
 * Puts the Dockerfile of a build where the builder finds it, and answers where. As a rule it is where it lies. Where the
 * context holds what we keep, and nothing ignores that, it is a copy with an ignore file of its own beside it, which
 * builders prefer to the one of the context: no file of the user is touched, and `COPY . .` copies what is theirs.
 */
export async function placeDockerfile(
  files: Files,
  {
    image,
    folder,
    storeFolder,
  }: { readonly image: PlannedImage; readonly folder: string; readonly storeFolder: string },
): Promise<string> {
  const path = joinPath(folder, image.dockerfile);
  // A generated Dockerfile is in the plan and in no checkout; whoever made it before us made the same text.
  const made = image.dockerfileText;
  if (made !== null && (await files.readText(path)) !== made) await files.write(path, made);
  if (image.context !== '.' || (await files.facts(joinPath(folder, ours))) === undefined) return path;
  const ignored = await readIgnored(files, folder, { dockerfile: path });
  if (!filterOf(ignored)(ours)) return path;
  const bytes = await files.readBytes(path);
  // The builder says best what is wrong with a Dockerfile that is not there.
  if (bytes === undefined) return path;
  // No key has two dots in a row, so that no store has this name; that of the file stands in the provenance.
  const copy = `${storeFolder}..dockerfile/${path.slice(path.lastIndexOf('/') + 1)}`;
  await files.write(copy, bytes);
  await files.write(`${copy}.dockerignore`, `${ignored.text ?? ''}\n${ours}\n`);
  return copy;
}
