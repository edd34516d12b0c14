import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../../src/domain/digest.ts';
import { RemoteError } from '../../../../src/domain/errors.ts';
import { FakeHttp, type RecordedRequest, type ScriptedAnswer } from '../../../support/fake-http.ts';
import { base, clientWith, failure, repository } from './fixture.ts';

const content = Buffer.alloc(20 * 1024 * 1024, 'abcdefghij');
const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(content), size: content.length };
const piece = 1024 * 1024;
const place = `${base}/blobs/uploads/1`;

async function* pieces(): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += piece) yield content.subarray(at, at + piece);
}

/** A registry with one upload, whose requests go wrong as the test says. */
class FakeUploads {
  readonly http = new FakeHttp();
  readonly ranges: (string | undefined)[] = [];
  received = Buffer.alloc(0);
  opened = 0;
  stored = false;
  /** What happens to the nth PATCH; what it takes in of the bytes comes first. */
  readonly #patches: readonly (((request: RecordedRequest) => ScriptedAnswer | undefined) | undefined)[];
  #patched = 0;

  constructor(...patches: readonly (((request: RecordedRequest) => ScriptedAnswer | undefined) | undefined)[]) {
    this.#patches = patches;
    this.http
      .on('HEAD', `${base}/blobs/${descriptor.digest}`, () => ({ status: this.stored ? 200 : 404 }))
      .on('POST', `${base}/blobs/uploads/`, () => this.#open())
      .on('GET', place, () => ({ status: 204, headers: this.#state() }))
      .on('DELETE', place, () => ({ status: 204 }))
      .on('PATCH', place, (request) => this.#patch(request))
      .on('PUT', /\?digest=/, () => this.#finish());
  }

  #open(): ScriptedAnswer {
    this.opened += 1;
    this.received = Buffer.alloc(0);
    return { status: 202, headers: { location: place } };
  }

  #patch(request: RecordedRequest): ScriptedAnswer {
    this.ranges.push(request.headers?.['content-range']);
    this.#patched += 1;
    const trouble = this.#patches[this.#patched - 1]?.(request);
    if (trouble !== undefined) return trouble;
    this.take(request.bytes);
    return { status: 202, headers: this.#state() };
  }

  take(bytes: Uint8Array): void {
    this.received = Buffer.concat([this.received, bytes]);
  }

  #finish(): ScriptedAnswer {
    this.stored = digestOf(this.received) === descriptor.digest;
    return { status: this.stored ? 201 : 400, body: this.stored ? '' : '{"errors":[{"code":"DIGEST_INVALID"}]}' };
  }

  #state(): Record<string, string> {
    return { location: place, range: `0-${Math.max(0, this.received.length - 1)}` };
  }

  push(chunkBytes?: number, onProgress?: (bytes: number) => void) {
    const { client } = clientWith(this.http, { chunkBytes });
    return client.writeBlob(repository, { descriptor, open: async () => pieces(), onProgress });
  }
}

const broken = (): never => {
  throw new RemoteError({ code: 'remote-unreachable', what: 'the line broke', state: 'not known', next: 'again' });
};

describe('the upload of a large blob', () => {
  it('travels in one piece, without a range, and is finished by a request of its own', async () => {
    const uploads = new FakeUploads();
    expect(await uploads.push()).toBe('uploaded');
    expect(uploads.ranges).toEqual([undefined]);
    expect(uploads.stored).toBe(true);
  });

  it('travels in chunks of the size that was asked for', async () => {
    const uploads = new FakeUploads();
    await uploads.push(8 * piece);
    expect(uploads.ranges).toEqual(['0-8388607', '8388608-16777215', '16777216-20971519']);
  });

  it('goes on where the registry says that it stands after a line that broke', async () => {
    const uploads: FakeUploads = new FakeUploads((request) => {
      uploads.take(request.bytes.subarray(0, 5_000_001));
      return broken();
    });
    await uploads.push();
    expect(uploads.ranges).toEqual([undefined, '5000001-20971519']);
    expect(uploads.opened).toBe(1);
    expect(uploads.stored).toBe(true);
  });

  it('sends nothing twice when only the reply to a chunk was lost', async () => {
    const uploads: FakeUploads = new FakeUploads(undefined, (request) => {
      uploads.take(request.bytes);
      return broken();
    });
    await uploads.push(8 * piece);
    expect(uploads.ranges).toEqual(['0-8388607', '8388608-16777215', '16777216-20971519']);
    expect(uploads.stored).toBe(true);
  });

  it('begins again when the registry has forgotten the session', async () => {
    const uploads = new FakeUploads(undefined, () => ({ status: 404 }));
    await uploads.push(8 * piece);
    expect(uploads.opened).toBe(2);
    expect(uploads.stored).toBe(true);
  });

  it('asks where the session stands when the registry has counted otherwise', async () => {
    const uploads = new FakeUploads(undefined, () => ({ status: 416 }));
    await uploads.push(8 * piece);
    expect(uploads.opened).toBe(1);
    expect(uploads.ranges).toEqual(['0-8388607', '8388608-16777215', '8388608-16777215', '16777216-20971519']);
    expect(uploads.stored).toBe(true);
  });

  it('begins again when what arrived is not what was sent', async () => {
    const uploads: FakeUploads = new FakeUploads((request) => {
      uploads.take(request.bytes.with(0, 0));
      return { status: 202, headers: { location: place, range: `0-${descriptor.size - 1}` } };
    });
    await uploads.push();
    expect(uploads.opened).toBe(2);
    expect(uploads.stored).toBe(true);
  });

  it('is given up after four attempts, and says how often it was tried', async () => {
    const bad = () => ({ status: 503 });
    const uploads = new FakeUploads(bad, bad, bad, bad, bad);
    const error = await failure(uploads.push());
    expect(error).toMatchObject({
      code: 'registry-failed',
      where: expect.stringMatching(/^PATCH .*\(4 tries, \d+ s\)$/),
    });
    expect(uploads.ranges).toHaveLength(4);
  });

  it('tells how far it has come', async () => {
    const heard: number[] = [];
    await new FakeUploads().push(undefined, (bytes) => void heard.push(bytes));
    expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => (index + 1) * piece));
  });

  it('asks for pieces whose memory serves again, because it keeps none', async () => {
    const uploads = new FakeUploads();
    const lives: unknown[] = [];
    let [memory, other] = [Buffer.alloc(piece), Buffer.alloc(piece)];
    async function* fleeting(): AsyncIterable<Uint8Array> {
      for await (const one of pieces()) {
        [memory, other] = [other, memory];
        yield memory.fill(one);
      }
    }
    const open = async (life: unknown): Promise<AsyncIterable<Uint8Array>> => {
      lives.push(life);
      return fleeting();
    };
    const { client } = clientWith(uploads.http, { chunkBytes: 1.5 * piece });
    expect(await client.writeBlob(repository, { descriptor, open })).toBe('uploaded');
    expect([lives, uploads.stored]).toEqual([['fleeting'], true]);
  });

  it('never sends the end of a content that turns out to be damaged', async () => {
    const uploads = new FakeUploads();
    async function* damaged(): AsyncIterable<Uint8Array> {
      yield* pieces();
      throw new Error('the bytes are others');
    }
    const { client } = clientWith(uploads.http);
    await expect(client.writeBlob(repository, { descriptor, open: async () => damaged() })).rejects.toThrow('others');
    expect(uploads.stored).toBe(false);
  });
});
