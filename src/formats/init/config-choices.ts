import type { Finding } from '../discovery/finding.ts';
import type { ServiceHint } from './compose-hints.ts';
import type { TemplateName } from './template-choices.ts';

/** What `slipway.yml` is made of: what was found, and what somebody chose. */
export interface ConfigChoices {
  /** What was found; with a template that is what the template makes. */
  readonly finding: Pick<Finding, 'how' | 'source' | 'images' | 'pythonVersions'>;
  readonly hints: ReadonlyMap<string, ServiceHint>;
  readonly template: TemplateName | undefined;
  readonly registry: string | undefined;
  /** The name of each repository, with `{key}` in it; absent for what was found. */
  readonly repository: string | undefined;
  readonly platforms: readonly string[];
  /** The command that makes the Dockerfiles. */
  readonly generate: string | undefined;
}
