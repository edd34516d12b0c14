/** One piece of output; what a piece of input becomes is never in memory as a whole. */
const outputBytes = 64 * 1024;

/** Gzip with its checksums, and nothing else: https://zlib.net/manual.html (windowBits). */
const gzipOnly = 31;

/**
 * Unpacks gzip. The `DecompressionStream` of Node 24 refuses a second member, that of Node 20 may drop one in silence behind padding,
 * and neither tells where a member ends, so this goes through a library. Zeros behind a member are padding, as for GNU's gzip.
 */
export async function* gunzipped(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { ZStream, Z_NO_FLUSH, Z_OK, Z_STREAM_END, ...pako } = await import('pako');
  const stream = new ZStream();
  pako.zlibInflateInit2(stream, gzipOnly);
  let isInside = true;
  for await (const piece of content) {
    Object.assign(stream, { input: piece, next_in: 0, avail_in: piece.length });
    while (stream.avail_in > 0) {
      if (!isInside) {
        skipZeros(stream);
        if (stream.avail_in === 0) break;
        pako.zlibInflateReset(stream);
        isInside = true;
      }
      Object.assign(stream, { output: new Uint8Array(outputBytes), next_out: 0, avail_out: outputBytes });
      const status = pako.zlibInflate(stream, Z_NO_FLUSH);
      if (stream.next_out > 0) yield stream.output.subarray(0, stream.next_out);
      if (status !== Z_OK && status !== Z_STREAM_END) throw new Error(stream.msg || `the status is ${status}`);
      isInside = status !== Z_STREAM_END;
    }
  }
  if (isInside) throw new Error('it is cut off');
}

function skipZeros(stream: { readonly input: Uint8Array; next_in: number; avail_in: number }): void {
  while (stream.avail_in > 0 && stream.input[stream.next_in] === 0) {
    stream.next_in += 1;
    stream.avail_in -= 1;
  }
}
