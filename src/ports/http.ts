/** A body whose bytes can be produced again for another attempt. */
export interface HttpUpload {
  readonly size: number;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** When a request may be sent again. */
export interface HttpRetry {
  readonly attempts: number;
  /** Statuses that are worth another attempt; a broken connection always is. */
  readonly statuses: readonly number[];
}

/** One request; redirects are not followed. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | HttpUpload;
  readonly retry?: HttpRetry;
  /** How long nothing at all may arrive. */
  readonly idleTimeoutMs?: number;
}

/** An answer of any status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, once; not reading it to its end keeps the connection busy. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body, at most `maxBytes` of it; more is a RemoteError. */
  bytes(maxBytes: number): Promise<Uint8Array>;
}

/** Speaks HTTP. A host that cannot be reached is a RemoteError. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}
