import { RefusedError } from '../domain/errors.ts';
import type { Artifacts } from '../ports/artifacts.ts';
import type { Log } from '../ports/log.ts';
import type { Outputs } from '../ports/outputs.ts';
import type { Secrets } from '../ports/secrets.ts';

/** A log in which no secret appears, whoever says it. */
export function redactedLog(log: Log, secrets: Pick<Secrets, 'clean'>): Log {
  const clean = (text: string): string => secrets.clean(text);
  return {
    debug: (text) => log.debug(clean(text)),
    info: (text) => log.info(clean(text)),
    notice: (text, place) => log.notice(clean(text), place),
    warning: (text, place) => log.warning(clean(text), place),
    error: (text, place) => log.error(clean(text), place),
    group: (title, body) => log.group(clean(title), body),
    relay: (lines, title) => log.relay(lines.map(clean), clean(title)),
    task: (key, state) => log.task(clean(key), { ...state, text: clean(state.text) }),
  };
}

/** Outputs and summaries in which no secret appears. */
export function redactedOutputs(outputs: Outputs, secrets: Pick<Secrets, 'clean'>): Outputs {
  return {
    set: (name, value) => outputs.set(name, secrets.clean(value)),
    summary: (markdown) => outputs.summary(secrets.clean(markdown)),
    progress: (markdown) => outputs.progress(secrets.clean(markdown)),
    saveState: (name, value) => outputs.saveState(name, secrets.clean(value)),
  };
}

/** A document with a secret in it is not handed on: covering the secret would break the document's digest. */
export function guardedArtifacts(artifacts: Artifacts, secrets: Pick<Secrets, 'clean'>): Artifacts {
  return {
    async upload(name, files) {
      for (const [file, bytes] of Object.entries(files)) {
        if (!hasSecret(bytes, secrets)) continue;
        throw new RefusedError({
          code: 'secret-in-artifact',
          what: 'a file that would be handed on has a secret in it',
          where: `${name}: ${file}`,
          state: 'it was not uploaded',
          next: 'find out how the secret came into the configuration, a name or an image, take it out and replace the secret',
        });
      }
      await artifacts.upload(name, files);
    },
    download: (name) => artifacts.download(name),
  };
}

/** Together below the size from which on the texts of buffers lie outside of the heap, and are collected late. */
const windowBytes = 256 * 1024;
/** No secret in whatever form is longer; what is cut by the end of a window stands whole in the next one. */
const overlapBytes = 512 * 1024;

/** Looks through a file a window at a time: the texts of a large one, all at once, would be most of the memory that we have. */
function hasSecret(bytes: Uint8Array, secrets: Pick<Secrets, 'clean'>): boolean {
  for (let start = 0; start < bytes.length; start += windowBytes) {
    const window = bytes.subarray(start, start + windowBytes + overlapBytes);
    // In the one a text beyond ASCII is found, in the other one what stands among bytes that are no text.
    for (const encoding of ['utf-8', 'latin1']) {
      const text = new TextDecoder(encoding).decode(window);
      if (secrets.clean(text) !== text) return true;
      // Of plain ASCII both say the same.
      if (!/[\u0080-\uffff]/.test(text)) break;
    }
  }
  return false;
}
