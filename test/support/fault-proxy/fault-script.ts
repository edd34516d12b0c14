import { z } from 'zod';
import { requestKinds } from './routed-request.ts';

const count = z.number().int().nonnegative();
const headers = z.record(z.string(), z.string());
const body = z.union([z.string(), z.record(z.string(), z.unknown())]);
const kind = <T extends string, F extends z.ZodRawShape>(name: T, fields: F) =>
  z.strictObject({ kind: z.literal(name), ...fields });

/** What goes wrong. In header values, `{self}` is the origin of the proxy and `{storage}` that of its other listener. */
export const Fault = z.discriminatedUnion('kind', [
  /** The upstream is not asked. With `early`, the answer does not wait for the end of the request. */
  kind('answer', { status: count, headers: headers.optional(), body: body.optional(), early: z.boolean().optional() }),
  /** 429; a date is `clockAheadSeconds` off, as is the Date header that it is to be measured against. */
  kind('slow-down', {
    afterSeconds: z.number().optional(),
    form: z.enum(['seconds', 'date']).optional(),
    clockAheadSeconds: z.number().optional(),
  }),
  /** The upstream does it all; then the connection ends, or another status is answered. */
  kind('lost-reply', { status: count.optional(), body: body.optional() }),
  /** The upstream is not asked. */
  kind('reset', {}),
  kind('reset-request', { afterBytes: count }),
  kind('reset-response', { afterBytes: count }),
  kind('silence', {}),
  kind('stall', { afterBytes: count }),
  kind('drip', { bytesPerSecond: z.number().positive() }),
  kind('delay', { ms: z.number().nonnegative() }),
  /** `null` drops a header. */
  kind('rewrite', { headers: z.record(z.string(), z.string().nullable()), status: count.optional() }),
  kind('flip', { atByte: count }),
  /** The body is shorter; its announced length is that of the whole (`kept`) or of what comes (`adjusted`). */
  kind('truncate', { toBytes: count, length: z.enum(['kept', 'adjusted']) }),
  kind('gzip', {}),
  /** What the tag named before its last write through the proxy. */
  kind('stale', {}),
  /** 404 to so many reads after each write of a tag through the proxy. */
  kind('hide', { reads: count }),
  /** A mount becomes the begin of an upload: 202 instead of 201. */
  kind('no-mount', {}),
  /** The upstream is asked for the whole, whatever part the client wants. */
  kind('no-range', {}),
  /** To the same path of the other listener, with a query as a signature. */
  kind('redirect', {}),
]);
export type Fault = z.infer<typeof Fault>;

const oneOrMore = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema).readonly()]);

/** Which requests, which of these in their order (all, unless said otherwise), and what happens to them. */
export const FaultRule = z.strictObject({
  match: z
    .strictObject({
      kind: oneOrMore(z.enum(requestKinds)).optional(),
      method: oneOrMore(z.string()).optional(),
      repository: z.string().optional(),
      reference: z.string().optional(),
      /** A regular expression. */
      path: z.string().optional(),
      listener: z.enum(['registry', 'storage']).optional(),
    })
    .optional(),
  /** `request`: the order is counted for each request of its own, so that repetitions are told from others. */
  each: z.enum(['rule', 'request']).optional(),
  at: z.array(z.number().int().positive()).optional(),
  first: count.optional(),
  odd: z.literal(true).optional(),
  always: z.literal(true).optional(),
  /** By chance, but the same chance in every run with the same seed; counted for each request of its own. */
  rate: z.number().min(0).max(1).optional(),
  fault: Fault,
});
export type FaultRule = z.infer<typeof FaultRule>;

/** Who gets in. The token server is the proxy itself, at `/token`. */
export const Door = z.strictObject({
  kind: z.enum(['basic', 'bearer']),
  /** Names with passwords; with none, anybody gets a token. */
  users: z.record(z.string(), z.string()).optional(),
  /** What a POST to the token server may bring instead of a name. */
  refreshTokens: z.array(z.string()).optional(),
  /** What the token server says; `null` says nothing. */
  expiresIn: z.number().nullable().optional(),
  /** After so many requests a token is refused. */
  goodForRequests: count.optional(),
  grants: z.enum(['asked', 'pull']).optional(),
  /** Whatever is shown, this is the answer; who shows nothing is asked for something with a 401. */
  refuses: z.union([z.literal(401), z.literal(403)]).optional(),
});
export type Door = z.infer<typeof Door>;

export const FaultScript = z.strictObject({ rules: z.array(FaultRule).optional(), door: Door.optional() });
export type FaultScript = z.infer<typeof FaultScript>;
