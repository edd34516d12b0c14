import type { CaseCounts, FailedCase } from '../domain/test-result.ts';
import { XmlFault, xmlEvents } from './xml-events.ts';

/** What a JUnit file says, or why it says nothing. */
export type JunitReading =
  | { readonly kind: 'read'; readonly counts: CaseCounts }
  | { readonly kind: 'broken'; readonly why: string };

/** So many failed cases are kept; nobody reads more. */
export const keptCases = 50;

const maxMessage = 1000;
const maxName = 300;

interface OpenCase {
  readonly attributes: ReadonlyMap<string, string>;
  readonly suite: string;
  state: 'passed' | 'failed' | 'skipped';
  message: string;
}

/** Counts the cases of a JUnit file, and keeps what is said about those that failed. */
export function parseJunit(text: string): JunitReading {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: FailedCase[] = [];
  const suites: string[] = [];
  let current: OpenCase | undefined;
  let isTold = false;
  let isJunit = false;
  try {
    for (const event of xmlEvents(text)) {
      if (event.kind === 'text') {
        if (isTold && current !== undefined && current.message.length < maxMessage) current.message += event.text;
        continue;
      }
      const { name } = event;
      isJunit ||= name === 'testsuites' || name === 'testsuite';
      if (!isJunit) return { kind: 'broken', why: `it is no JUnit file: its first element is ${name}` };
      if (name === 'testsuite') {
        if (event.kind === 'open') suites.push(event.attributes.get('name') ?? '');
        else suites.pop();
      } else if (name === 'testcase') {
        if (event.kind === 'open') current = openCase(event.attributes, suites.at(-1) ?? '');
        else if (current !== undefined) {
          counts[current.state] += 1;
          if (current.state === 'failed' && failures.length < keptCases) failures.push(failedCase(current));
          current = undefined;
        }
      } else if (current !== undefined && (name === 'failure' || name === 'error')) {
        isTold = event.kind === 'open';
        if (event.kind === 'open') {
          current.state = 'failed';
          current.message += said(event.attributes);
        }
      } else if (current?.state === 'passed' && name === 'skipped') current.state = 'skipped';
    }
  } catch (error) {
    if (error instanceof XmlFault) return { kind: 'broken', why: error.message };
    throw error;
  }
  return { kind: 'read', counts: { ...counts, failures } };
}

/** The counts of several files together. */
export function addCounts(all: readonly CaseCounts[]): CaseCounts {
  const sum = (count: (one: CaseCounts) => number): number => all.reduce((total, one) => total + count(one), 0);
  return {
    passed: sum((one) => one.passed),
    failed: sum((one) => one.failed),
    skipped: sum((one) => one.skipped),
    failures: all.flatMap((one) => one.failures).slice(0, keptCases),
  };
}

function openCase(attributes: ReadonlyMap<string, string>, suite: string): OpenCase {
  return { attributes, suite: attributes.get('classname') ?? suite, state: 'passed', message: '' };
}

function said(attributes: ReadonlyMap<string, string>): string {
  const message = attributes.get('message') ?? attributes.get('type') ?? '';
  return message === '' ? '' : `${message.slice(0, maxMessage)}\n`;
}

function failedCase({ attributes, suite, message }: OpenCase): FailedCase {
  const line = Number(attributes.get('line') ?? Number.NaN);
  return {
    suite: suite.slice(0, maxName),
    name: (attributes.get('name') ?? '').slice(0, maxName),
    message: message.trim().slice(0, maxMessage),
    file: attributes.get('file')?.slice(0, maxName) ?? null,
    line: Number.isInteger(line) && line > 0 ? line : null,
  };
}
