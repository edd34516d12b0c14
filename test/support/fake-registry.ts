import { attachRecord } from '../../src/clients/records.ts';
import { createRegistryClient, type RegistryClient } from '../../src/clients/registry/client.ts';
import { repositoryContent } from '../../src/clients/registry/repository-content.ts';
import type { Digest } from '../../src/domain/digest.ts';
import { RemoteError } from '../../src/domain/errors.ts';
import { parseTag, type Repository } from '../../src/domain/image-ref.ts';
import type { ImageRecord } from '../../src/domain/record.ts';
import { recordBytes } from '../../src/formats/record-artifact.ts';
import type { Files } from '../../src/ports/files.ts';
import type { Http, HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import type { ServedResponse } from '../../src/ports/http-server.ts';
import { registryHandler } from '../../src/store/registry/handler.ts';
import { openRegistryFolder } from '../../src/store/repositories.ts';
import { fakeClock } from './fake-clock.ts';
import { fakeProcesses } from './fake-processes.ts';
import { type MadeImage, writeMade } from './made-image.ts';
import { createMemoryFiles } from './memory-files.ts';

/** Something that goes wrong with a request, which is named as `PUT /v2/acme/app/manifests/main`. */
export interface Fault {
  readonly on: RegExp;
  /** How often; without it, always. */
  readonly times?: number;
  /** How many such requests go well before. */
  readonly skip?: number;
  /** What is answered; without it the answer is the real one. */
  readonly status?: number;
  /** The request does its work all the same. */
  readonly works?: boolean;
  /** The connection breaks. */
  readonly breaks?: boolean;
  /** What somebody else does just before. */
  readonly before?: () => Promise<unknown>;
}

/** Our own registry over a disk in memory, spoken to by our own client over HTTP that never leaves the process. */
export class FakeRegistry {
  readonly client: RegistryClient;
  /** Speaks to the same registry and meets no fault: somebody else, or the eye of a test. */
  readonly other: RegistryClient;
  readonly http: Http;
  readonly clock = fakeClock();
  /** The disk that it lies on. */
  readonly files: Files = createMemoryFiles();
  /** The requests of `client`, in order. */
  readonly lines: string[] = [];
  readonly #faults: { readonly fault: Fault; skip: number; left: number }[] = [];
  readonly #handle: ReturnType<typeof registryHandler>;

  constructor() {
    let made = 0;
    const hex = (digits: number): string => {
      made += 1;
      return made.toString(16).padStart(digits, '0').slice(-digits);
    };
    const { clock } = this;
    const ports = { files: this.files, clock, processes: fakeProcesses(), random: { hex } };
    this.#handle = registryHandler(openRegistryFolder(ports, '/registry'));
    this.http = { send: (request) => this.#sendWithFaults(request) };
    this.client = createRegistryClient({ http: this.http, clock, random: { hex } });
    this.other = createRegistryClient({ http: { send: (request) => this.#send(request) }, clock, random: { hex } });
  }

  /** From now on this goes wrong. */
  fault(fault: Fault): this {
    this.#faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY });
    return this;
  }

  /** The tags that `client` wrote or tried to write, in order. */
  get tagWrites(): readonly string[] {
    return this.lines.flatMap((line) => /^PUT \/v2\/(\S+)\/manifests\/([^:]+)$/.exec(line)?.slice(1).join(':') ?? []);
  }

  /** What a tag names. */
  async named(repository: Repository, tag: string): Promise<Digest | undefined> {
    return (await this.other.resolve(repository, parseTag(tag, 'test')))?.digest;
  }

  /** Puts an image there, under a tag where one is given, without any fault. */
  async publish(repository: Repository, made: MadeImage, tag?: string): Promise<Digest> {
    await writeMade(repositoryContent(this.other, repository), made);
    if (tag !== undefined) await this.other.putManifest(repository, parseTag(tag, 'test'), made.manifest);
    return made.manifest.digest;
  }

  /** Puts a record beside what it speaks of; its digest comes back. */
  async attach(record: ImageRecord, made: MadeImage): Promise<Digest> {
    await attachRecord(this.other, record.repository, record, [made.descriptor]);
    return recordBytes(record).digest;
  }

  async #sendWithFaults(request: HttpRequest): Promise<HttpResponse> {
    const line = `${request.method} ${new URL(request.url).pathname}`;
    this.lines.push(line);
    const entry = this.#faults.find(({ fault, left }) => left > 0 && fault.on.test(line));
    if (entry === undefined) return this.#send(request);
    if (entry.skip > 0) {
      entry.skip -= 1;
      return this.#send(request);
    }
    entry.left -= 1;
    const { fault } = entry;
    await fault.before?.();
    if (fault.works === true) await this.#send(request);
    if (fault.breaks === true) {
      throw new RemoteError({ code: 'host-unreachable', what: 'the line broke', state: 'not known', next: 'again' });
    }
    return fault.status === undefined ? this.#send(request) : response({ status: fault.status });
  }

  async #send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const body = await bodyOf(request);
    const { pathname: path, searchParams: query } = url;
    return response(await this.#handle({ method: request.method, path, query, headers, body }));
  }
}

async function bodyOf({ body }: HttpRequest): Promise<AsyncIterable<Uint8Array>> {
  if (body === undefined) return pieces(new Uint8Array());
  return body instanceof Uint8Array ? pieces(body) : body.open();
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function response({ status, headers = {}, body = new Uint8Array() }: ServedResponse): HttpResponse {
  const content = body instanceof Uint8Array ? pieces(body) : body;
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status,
    headers: Object.fromEntries(lower),
    refusal: status < 300 || !(body instanceof Uint8Array) ? '' : new TextDecoder().decode(body),
    tries: { attempts: 1, waitedMs: 0 },
    body: content,
    async bytes() {
      const all: Uint8Array[] = [];
      for await (const piece of content) all.push(piece);
      return Buffer.concat(all);
    },
  };
}
