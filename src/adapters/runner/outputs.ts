import type { Outputs } from '../../ports/outputs.ts';

const maxSummaryBytes = 900 * 1024;

/** Hands values on through the files that the runner reads. The toolkit is loaded when something is to be said. */
export function createOutputs(): Outputs {
  const core = () => import('@actions/core');
  return {
    async set(name, value) {
      (await core()).setOutput(name, value);
    },
    async summary(markdown) {
      // A summary of more than a mebibyte is dropped whole.
      const bytes = new TextEncoder().encode(markdown);
      const cut =
        bytes.length <= maxSummaryBytes
          ? markdown
          : `${new TextDecoder().decode(bytes.subarray(0, maxSummaryBytes))}\n\n…`;
      await (await core()).summary.addRaw(cut, true).write();
    },
    async saveState(name, value) {
      (await core()).saveState(name, value);
    },
  };
}
