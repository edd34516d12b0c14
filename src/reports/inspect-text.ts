import { inertText } from '../domain/inert-text.ts';
import type { ImageRecord, PlatformRecord } from '../domain/record.ts';

/** An inspected image as a person reads it. */
export function inspectText(image: {
  readonly digest: string;
  readonly mediaType: string;
  readonly platforms: readonly PlatformRecord[];
  readonly record: ImageRecord | null;
}): string {
  const { record } = image;
  const platforms = image.platforms.flatMap((one) => [
    one.platform,
    `  digest       ${one.digest}`,
    `  config       ${one.config}`,
    `  fingerprint  ${one.fingerprint}`,
    `  layers       ${one.layers} (${one.diffIds.length})`,
  ]);
  const proof =
    record === null
      ? ['record: none']
      : [
          `record: ${record.test}, unsigned, from run ${record.run.id}${record.commit === null ? '' : ` at commit ${record.commit}`}`,
          ...record.tests.map((test) => `  ${test.state}  ${test.name} on ${test.platform}`),
        ];
  const lines = [`digest: ${image.digest}`, `type:   ${image.mediaType}`, ...platforms, ...proof];
  return `${lines.map(inertText).join('\n')}\n`;
}
