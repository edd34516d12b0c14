import type { Fault, FaultRule } from './fault-script.ts';
import { chanceOf } from './random.ts';
import type { RoutedRequest } from './routed-request.ts';

/** Counts requests and picks the fault of each: that of the first rule that wants it. */
export class RuleBook {
  readonly rules: readonly FaultRule[];
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(rules: readonly FaultRule[], seed: number) {
    this.rules = rules;
    this.#seed = seed;
  }

  pick(request: RoutedRequest): Fault | undefined {
    let picked: Fault | undefined;
    for (const [place, rule] of this.rules.entries()) {
      if (!matches(rule, request)) continue;
      // All rules count it, also those that come after the one that is picked.
      const ofRule = this.#next(`${place}`);
      const ofRequest = this.#next(`${place} ${request.key}`);
      const count = rule.each === 'request' ? ofRequest : ofRule;
      const wanted =
        rule.rate === undefined
          ? isTurn(rule, count)
          : chanceOf(this.#seed, `${place} ${request.key}`, ofRequest) < rule.rate;
      if (wanted) picked ??= rule.fault;
    }
    return picked;
  }

  #next(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

function isTurn({ at, first, odd }: FaultRule, count: number): boolean {
  if (at !== undefined) return at.includes(count);
  if (first !== undefined) return count <= first;
  return odd === undefined || count % 2 === 1;
}

function matches({ match = {} }: FaultRule, request: RoutedRequest): boolean {
  const { kind, method, repository, reference, path, listener = 'registry' } = match;
  return (
    listener === request.listener &&
    isOneOf(kind, request.kind) &&
    isOneOf(method, request.method) &&
    isOneOf(repository, request.repository) &&
    isOneOf(reference, request.reference) &&
    (path === undefined || new RegExp(path).test(request.path))
  );
}

function isOneOf(wanted: string | readonly string[] | undefined, found: string): boolean {
  return wanted === undefined || (typeof wanted === 'string' ? wanted === found : wanted.includes(found));
}
