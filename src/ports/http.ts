import type { Tries } from '../domain/errors.ts';

/** A body whose bytes can be produced again for another attempt; its pieces may be fleeting. */
export interface HttpUpload {
  readonly size: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** When a request may be sent again. A connection that broke is always worth another attempt. */
export interface HttpRetry {
  readonly attempts: number;
  /** Statuses that are worth another attempt. */
  readonly statuses: readonly number[];
  /** Statuses that may stay for good, with the attempts that they are worth. */
  readonly doubtful?: Readonly<Record<number, number>>;
  /** Words in the body of a refusal that make it worth another attempt, whatever its status is. */
  readonly words?: readonly string[];
  /** After this time no attempt begins. */
  readonly budgetMs?: number;
}

/** One request; redirects are not followed. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | HttpUpload;
  readonly retry?: HttpRetry;
  /** The answer is short and belongs to the attempt: it is read to its end, and one that breaks off is asked for again. */
  readonly wholeBytes?: number;
  /** How long nothing at all may arrive. */
  readonly idleTimeoutMs?: number;
  /** Ends what must not stay half done, and so runs although someone asked us to stop. */
  readonly settles?: boolean;
}

/** An answer of any status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What a refusal (a status of 300 and more) says; empty for other answers. */
  readonly refusal: string;
  /** What this answer has cost. */
  readonly tries: Tries;
  /** The body, once; not reading it to its end keeps the connection busy. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body, at most `maxBytes` of it; more is a RemoteError. */
  bytes(maxBytes: number): Promise<Uint8Array>;
}

/** Speaks HTTP. A host that cannot be reached is a RemoteError. The body of a refusal is cut at 64 KiB. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}
