import { z } from 'zod';
import { sizeText } from './byte-size.ts';

const Texts = z.record(z.string(), z.string().nullable());

/** What an image must be like, so far as that shows without running it. */
export const Expectation = z.strictObject({
  /** A name or number, or `not-root`. */
  user: z.string().nullable(),
  /** The most that its layers may be together when they are unpacked. */
  maxBytes: z.number().int().nullable(),
  entrypoint: z.array(z.string()).nullable(),
  cmd: z.array(z.string()).nullable(),
  /** It exposes at least these, each as `8080/tcp`. */
  ports: z.array(z.string()),
  /** Values by name; null for what must not be there. */
  env: Texts,
  labels: Texts,
  files: z.strictObject({ present: z.array(z.string()), absent: z.array(z.string()) }),
  /** The only files that may have setuid or setgid; null for any. */
  setuid: z.array(z.string()).nullable(),
});
export type Expectation = z.infer<typeof Expectation>;

/** The facts about one platform of an image that expectations are compared with. */
export interface ImageFacts {
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly ports: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly unpackedBytes: number;
  /** Those of the files that were asked for which are there. */
  readonly files: readonly string[];
  readonly setuid: readonly string[];
}

/** Why an image is not what was expected, in words; empty where it is. */
export function disappointments(expected: Expectation, facts: ImageFacts): readonly string[] {
  return [
    ...userFault(expected.user, facts.user),
    ...sizeFault(expected.maxBytes, facts.unpackedBytes),
    ...listFault('the entrypoint', expected.entrypoint, facts.entrypoint),
    ...listFault('the command', expected.cmd, facts.cmd),
    ...expected.ports.filter((port) => !facts.ports.includes(port)).map((port) => `the port ${port} is not exposed`),
    ...textFaults('the variable', expected.env, facts.env),
    ...textFaults('the label', expected.labels, facts.labels),
    ...expected.files.present.filter((file) => !facts.files.includes(file)).map((file) => `${file} is missing`),
    ...expected.files.absent.filter((file) => facts.files.includes(file)).map((file) => `${file} is there`),
    ...setuidFaults(expected.setuid, facts.setuid),
  ];
}

function userFault(expected: string | null, found: string): readonly string[] {
  if (expected === null) return [];
  if (expected === 'not-root') {
    const [name = ''] = found.split(':');
    const isRoot = name === '' || name === 'root' || /^[+-]?0+$/.test(name);
    return isRoot ? [`the user is ${found === '' ? 'not set, and so root' : JSON.stringify(found)}`] : [];
  }
  // Who names no group means any.
  const compared = expected.includes(':') ? found : (found.split(':')[0] ?? '');
  return compared === expected ? [] : [`the user is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
}

function sizeFault(maxBytes: number | null, bytes: number): readonly string[] {
  if (maxBytes === null || bytes <= maxBytes) return [];
  return [`unpacked it has ${sizeText(bytes)} (${bytes} bytes), more than ${sizeText(maxBytes)}`];
}

function listFault(what: string, expected: readonly string[] | null, found: readonly string[]): readonly string[] {
  if (expected === null || JSON.stringify(expected) === JSON.stringify(found)) return [];
  return [`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`];
}

function textFaults(what: string, expected: Expectation['env'], found: ImageFacts['env']): readonly string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const value = Object.hasOwn(found, name) ? found[name] : undefined;
    if (wanted === null) return value === undefined ? [] : [`${what} ${name} is there`];
    if (value === undefined) return [`${what} ${name} is missing`];
    return value === wanted ? [] : [`${what} ${name} is ${JSON.stringify(value)}, not ${JSON.stringify(wanted)}`];
  });
}

function setuidFaults(allowed: readonly string[] | null, found: readonly string[]): readonly string[] {
  if (allowed === null) return [];
  return found.filter((file) => !allowed.includes(file)).map((file) => `${file} has setuid or setgid`);
}
