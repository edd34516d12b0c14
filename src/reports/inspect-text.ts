import { inertText } from '../domain/inert-text.ts';
import type { ImageRecord, PlatformRecord } from '../domain/record.ts';

interface Check {
  readonly problems: readonly { readonly digest: string; readonly why: string }[];
  readonly unchecked: readonly string[];
}

/** An inspected image as a person reads it. */
export function inspectText(image: {
  readonly digest: string;
  readonly mediaType: string;
  readonly platforms: readonly PlatformRecord[];
  readonly missing?: readonly string[];
  readonly record: ImageRecord | null;
  readonly check?: Check;
}): string {
  const { record, check, missing = [] } = image;
  const platforms = image.platforms.flatMap((one) => [
    one.platform,
    `  digest       ${one.digest}`,
    `  config       ${one.config}`,
    `  fingerprint  ${one.fingerprint}`,
    `  layers       ${one.layers} (${one.diffIds.length})`,
  ]);
  const absent = missing.length === 0 ? [] : [`not here: ${missing.join(', ')}`];
  const proof =
    record === null
      ? ['record: none']
      : [
          `record: ${record.test}, unsigned, from run ${record.run.id}${record.commit === null ? '' : ` at commit ${record.commit}`}`,
          ...record.tests.map((test) => `  ${test.state}  ${test.name} on ${test.platform}`),
        ];
  const lines = [
    `digest: ${image.digest}`,
    `type:   ${image.mediaType}`,
    ...platforms,
    ...absent,
    ...checkLines(check),
    ...proof,
  ];
  return `${lines.map(inertText).join('\n')}\n`;
}

function checkLines(check: Check | undefined): readonly string[] {
  if (check === undefined) return [];
  const { problems, unchecked } = check;
  return [
    problems.length === 0 ? 'check: every layer is whole and is what its config says' : 'check: damaged',
    ...problems.map(({ digest, why }) => `  ${digest}: ${why}`),
    ...unchecked.map((digest) => `  ${digest}: not checked, its owner alone hands it out`),
  ];
}
