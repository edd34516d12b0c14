import type { Random } from '../../ports/random.ts';
import type { Subject } from './attempt.ts';

/** Names the image as the project itself calls it while something runs; afterwards each name means what it meant before. */
export async function withLocalTags<T>(random: Random, subject: Subject, body: () => Promise<T>): Promise<T> {
  const { engine, noteName, platform } = subject;
  const names = localNames(subject);
  const kept = new Map<string, string>();
  try {
    for (const name of names) {
      if ((await engine.image(name)) === undefined) continue;
      // A name of its own, so that the engine forgets nothing of what had the name.
      const other = `slipway-kept-${random.hex(12)}:kept`;
      await noteName({ kind: 'kept', name, under: other });
      await engine.tag(name, other);
      kept.set(name, other);
    }
    for (const name of names) {
      if (!kept.has(name)) await noteName({ kind: 'lent', name, ids: [platform.digest, platform.config] });
      await engine.tag(subject.reference, name);
    }
    return await body();
  } finally {
    for (const name of names) {
      const other = kept.get(name);
      if (other === undefined) await engine.untag(name);
      else {
        await engine.tag(other, name);
        await engine.untag(other);
      }
      await noteName({ kind: 'back', name });
    }
  }
}

/** The name in the registry, and the one that the project's own commands may use: without its host. */
function localNames({ image, version }: Subject): readonly string[] {
  if (version === null) return [];
  const [host, ...path] = image.repository.split('/');
  // To the engine, Docker Hub and no host at all are one.
  const names = host === 'docker.io' || path.length === 0 ? [image.repository] : [image.repository, path.join('/')];
  return names.map((name) => `${name}:${version}`);
}
