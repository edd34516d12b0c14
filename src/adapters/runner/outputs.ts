import { piecesOf } from '../../formats/pieces.ts';
import type { Env } from '../../ports/env.ts';
import type { Files } from '../../ports/files.ts';
import type { Outputs } from '../../ports/outputs.ts';

const maxSummaryBytes = 900 * 1024;

/** Hands values on through the files that the runner reads. The toolkit is loaded when a value is to be handed on. */
export function createOutputs(files: Files, env: Env): Outputs {
  const core = () => import('@actions/core');
  const path = env.GITHUB_STEP_SUMMARY;
  /** What stood in the summary before what is there for now. */
  let before: Uint8Array | undefined;
  return {
    async set(name, value) {
      (await core()).setOutput(name, value);
    },
    // Without the toolkit: a step that fails at its start writes a summary and nothing else.
    async summary(markdown) {
      if (path !== undefined && path !== '') await files.append(path, piecesOf(cut(markdown)));
      before = undefined;
    },
    async progress(markdown) {
      if (path === undefined || path === '') return;
      before ??= (await files.readBytes(path)) ?? new Uint8Array();
      const now = markdown === '' ? new Uint8Array() : cut(markdown);
      // Whole or not at all: it is read after we were killed.
      await files.write(path, joined(before, now));
    },
    async saveState(name, value) {
      (await core()).saveState(name, value);
    },
  };
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** A summary of more than a mebibyte is dropped whole, so that a long one ends early. */
function cut(markdown: string): Uint8Array {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(`${markdown}\n`);
  if (bytes.length <= maxSummaryBytes) return bytes;
  return encoder.encode(`${new TextDecoder().decode(bytes.subarray(0, maxSummaryBytes))}\n\n…\n`);
}
