import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../src/domain/digest.ts';
import { RemoteError } from '../../../src/domain/errors.ts';
import { compressionOf, uncompressed } from '../../../src/formats/compression.ts';
import { skippableFrame, zstdFrame, zstdRepeats } from '../../support/zstd.ts';
import { collect } from '../store/store-ports.ts';

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const where = 'the layer';
const unpack = (bytes: Uint8Array, size = 1000, maxBytes?: number): Promise<Buffer> =>
  collect(uncompressed(inPieces(bytes, size), maxBytes === undefined ? { where } : { where, maxBytes }));

/** A text whose packed form is below: made by the reference program, with sequences, two blocks that are joined and a checksum. */
const lines = Buffer.from(Array.from({ length: 20_000 }, (_, n) => `line ${(n * n) % 97} of a layer\n`).join(''));
const packedLines = Buffer.from(
  'KLUv/QRoxAUAwssbEsAbDn5qwpZV5ogkSaYk/NQ4N/SdRe95PjZDgkkgll7XBgKx9bN5tS8oqwtk5iI646vkP+Z7ZTdVoYQTyno3Us3zG1nlz4hcZgLV' +
    'LShfzbN/LWIgtHXz6ZAg2FSaf36LzjMBhViGY4YpkgmGQIwjX6ghNLv7Z4CZJsMYEkgQWEFg9Pk/uf8d2fgnt6ixIHgeyEwzWBwmSgwhXbzwkIEW' +
    'ATHk4V3rk0uDRObnFpXANI6XVYBWBVQAAAABAP3///q5BgJFAAAAAQBFwDkAAvBuf5Y=',
  'base64',
);
const sizes = [1, 2, 3, 7, 100, 100_000];

describe('content that is packed', () => {
  it.each(sizes)('by gzip is unpacked, in pieces of %i', async (size) => {
    expect(digestOf(await unpack(gzipSync(lines), size))).toBe(digestOf(lines));
  });

  it.each(sizes)('in several members is unpacked whole, in pieces of %i', async (size) => {
    const members = ['one ', '', 'two ', 'three'].map((text) => gzipSync(text));
    expect(`${await unpack(Buffer.concat(members), size)}`).toBe('one two three');
  });

  it.each(sizes)('by gzip may have zeros after each member, in pieces of %i', async (size) => {
    const zeros = Buffer.alloc(700);
    const parts = [gzipSync('one '), zeros, gzipSync('two'), zeros];
    expect(`${await unpack(Buffer.concat(parts), size)}`).toBe('one two');
  });

  it.each(sizes)('by zstd is unpacked, in pieces of %i', async (size) => {
    expect(digestOf(await unpack(packedLines, size))).toBe(digestOf(lines));
  });

  it.each(sizes)('in several zstd frames, some to be skipped, is unpacked whole, in pieces of %i', async (size) => {
    const note = skippableFrame('a table of contents');
    const frames = [note, zstdFrame('one '), note, zstdFrame(''), zstdFrame('two'), note];
    expect(`${await unpack(Buffer.concat(frames), size)}`).toBe('one two');
  });

  it('is unpacked to what it was, whatever it was and however it comes', async () => {
    const bytes = fc.uint8Array({ maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.integer({ min: 1, max: 600 }), async (one, two, size) => {
        const whole = Buffer.concat([one, two]);
        expect(await unpack(Buffer.concat([gzipSync(one), gzipSync(two)]), size)).toEqual(whole);
        expect(await unpack(Buffer.concat([zstdFrame(one), zstdFrame(two)]), size)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('is never taken for less than it is when a byte of it is lost or changed', async () => {
    const packed = gzipSync(lines.subarray(0, 3000));
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(packed);
        changed[at] = (changed[at] ?? 0) ^ change;
        const damaged = [changed, packed.subarray(0, at)];
        for (const bytes of damaged) {
          // What no longer begins as gzip does is content of its own.
          if (compressionOf(bytes) !== 'gzip') continue;
          const found = await unpack(bytes, 64).catch((failure: unknown) => failure);
          if (found instanceof Buffer) expect(found).toEqual(lines.subarray(0, 3000));
          else expect(found).toMatchObject({ code: 'packing-damaged', exitCode: 3, where });
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('content that is not packed', () => {
  it.each([0, 1, 2, 3, 4, 1024])('comes back as it is, %i bytes long', async (size) => {
    const bytes = randomBytes(size).fill(7);
    expect(await unpack(bytes, 1)).toEqual(bytes);
  });
});

describe('what unpacking refuses', () => {
  const frame = zstdFrame('text');
  const changed = (bytes: Buffer, at: number, to: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = to;
    return copy;
  };

  it.each([
    ['gzip that is cut off', gzipSync(lines).subarray(0, 200)],
    ['gzip without its checksum', gzipSync(lines).subarray(0, -8)],
    ['a second member that is cut off', Buffer.concat([gzipSync('one'), gzipSync('two').subarray(0, 12)])],
    ['gzip with something else behind it', Buffer.concat([gzipSync('one'), Buffer.from('else')])],
    ['gzip and nothing more than its first bytes', Buffer.from([0x1f, 0x8b])],
    ['zstd that is cut off', packedLines.subarray(0, -10)],
    ['zstd without its checksum', packedLines.subarray(0, -4)],
    ['a second frame that is cut off', Buffer.concat([frame, frame.subarray(0, 5)])],
    ['zstd with something else behind it', Buffer.concat([frame, Buffer.from('else')])],
    ['zstd with a block of no type', changed(frame, 6, 0x27)],
    ['zstd with a block that is too large', Buffer.concat([frame.subarray(0, 6), Buffer.from([0xff, 0xff, 0xff])])],
    ['zstd with a block that becomes too large', zstdRepeats(1, 128 * 1024 + 1)],
    ['zstd that asks for a window of terabytes', changed(frame, 5, 0xff)],
    ['zstd that needs a dictionary', Buffer.from('28b52ffd0158ff210000', 'hex')],
    ['a frame to be skipped that is cut off', skippableFrame('note').subarray(0, 9)],
    ['a frame that is shorter than it says', Buffer.from('28b52ffd2005010000', 'hex')],
  ])('%s', async (_name, bytes) => {
    for (const size of [1, 5, 100_000]) {
      await expect(unpack(bytes, size)).rejects.toMatchObject({
        name: 'RemoteError',
        code: 'packing-damaged',
        where,
        state: expect.any(String),
        next: expect.any(String),
      });
    }
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(100_000))],
    ['zstd', zstdRepeats(10, 10_000)],
    ['nothing', Buffer.alloc(100_000)],
  ])('more bytes than it may have, packed by %s', async (_name, bytes) => {
    expect(await unpack(bytes, 1000, 100_000)).toHaveLength(100_000);
    await expect(unpack(bytes, 1000, 99_999)).rejects.toMatchObject({ code: 'unpacked-too-large', exitCode: 3, where });
  });
});

describe('unpacking', () => {
  it.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['zstd', zstdRepeats(400, 128 * 1024)],
  ])('hands out a bomb of %s piece by piece', async (_name, bytes) => {
    let total = 0;
    let most = 0;
    for await (const piece of uncompressed(inPieces(bytes, bytes.length), { where })) {
      total += piece.length;
      most = Math.max(most, piece.length);
    }
    expect(total).toBeGreaterThanOrEqual(50_000_000);
    expect(most).toBeLessThanOrEqual(128 * 1024);
  });

  it.each([
    ['gzip', gzipSync(randomBytes(10_000))],
    ['zstd', zstdFrame(randomBytes(10_000))],
    ['nothing', randomBytes(10_000).fill(1)],
  ])('closes content packed by %s when its reader stops early', async (_name, bytes) => {
    let isClosed = false;
    const content = async function* () {
      try {
        yield* inPieces(bytes, 100);
        yield* inPieces(bytes, 100);
      } finally {
        isClosed = true;
      }
    };
    for await (const _piece of uncompressed(content(), { where })) break;
    expect(isClosed).toBe(true);
  });

  it('lets a failure of the content through as it is', async () => {
    const digestFailure = new RemoteError({ code: 'content-damaged', what: 'x', state: 'y', next: 'z' });
    for (const failure of [digestFailure, new Error('the disk')]) {
      const content = async function* () {
        yield gzipSync(lines).subarray(0, 50);
        throw failure;
      };
      await expect(collect(uncompressed(content(), { where }))).rejects.toBe(failure);
    }
  });
});
