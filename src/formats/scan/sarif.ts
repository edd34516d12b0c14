import { inertText } from '../../domain/inert-text.ts';
import type { ImageFinding, ScanTool, Severity } from '../../domain/scan.ts';

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note', unknown: 'note' } as const;
/** The number by which code scanning sorts; the middle of what a severity means. */
const scores: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  unknown: '0.0',
};

/** What a report is about. */
export interface SarifSubject {
  readonly key: string;
  /** The Dockerfile, below the repository: findings have no line, and a viewer wants a file. */
  readonly dockerfile: string;
  readonly tool: ScanTool;
  readonly version: string | null;
}

/** Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarifOf(findings: readonly ImageFinding[], { key, dockerfile, tool, version }: SarifSubject): string {
  const ids = [...new Set(findings.map(({ id }) => id))];
  const first = new Map(findings.toReversed().map((finding) => [finding.id, finding]));
  const rules = ids.flatMap((id) => {
    const finding = first.get(id);
    return finding === undefined ? [] : [ruleOf(finding)];
  });
  const results = findings.map((finding) => ({
    ruleId: finding.id,
    ruleIndex: ids.indexOf(finding.id),
    level: levels[finding.severity],
    message: { text: plain(sentence(finding, key)) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(dockerfile) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: `${key}/${finding.package}@${finding.installed}`, kind: 'package' }],
      },
    ],
    partialFingerprints: { 'slipway/v1': [key, finding.id, finding.package, finding.installed].join('|') },
  }));
  return JSON.stringify({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool, ...(version === null ? {} : { version }), rules } },
        automationDetails: { id: `slipway/${key}/` },
        results,
      },
    ],
  });
}

function ruleOf(finding: ImageFinding): object {
  const title = finding.title === '' ? finding.id : finding.title;
  return {
    id: finding.id,
    shortDescription: { text: plain(title) },
    properties: { 'security-severity': scores[finding.severity], tags: ['security', finding.severity] },
  };
}

function sentence({ id, package: name, installed, fixed, severity, platforms }: ImageFinding, key: string): string {
  const mended = fixed === null ? 'there is no version without it' : `mended in ${fixed}`;
  return `${id} (${severity}): ${name} ${installed} in ${key} on ${platforms.join(', ')}; ${mended}`;
}

/** In a message, brackets make links: section 3.11.6. */
function plain(text: string): string {
  return inertText(text).replace(/[\\[\]]/g, '\\$&');
}
