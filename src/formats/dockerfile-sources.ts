import { ConfigError, type Place } from '../domain/errors.ts';
import type { DockerfileLine } from './dockerfile-lines.ts';

/** What a COPY or a RUN takes files from. */
export interface StageSource {
  readonly image: string;
  readonly line: number;
  /** A COPY may give the number of a stage; elsewhere a number is a name. */
  readonly mayBeNumber: boolean;
}

/** The images in `COPY --from=…` and `RUN --mount=…,from=…`; BuildKit puts no variables into them. */
export function sourcesOf({ keyword, flags, line }: DockerfileLine, where: Place): readonly StageSource[] {
  const images = flags.flatMap((flag) => {
    if (keyword === 'COPY' && flag.startsWith('--from=')) return [flag.slice('--from='.length)];
    return keyword === 'RUN' && flag.startsWith('--mount=') ? mountSources(flag.slice('--mount='.length)) : [];
  });
  return images.flatMap((image) => {
    if (image === '') return [];
    if (image.includes('$')) throw variableSource(keyword, image, where);
    return [{ image, line, mayBeNumber: keyword === 'COPY' }];
  });
}

/** A mount is a line of comma-separated values; the last `from` counts. */
function mountSources(mount: string): readonly string[] {
  const fields = mount.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  const found = fields.flatMap((field) => {
    const [, name, value = ''] = /^"?([^=]*)=(.*?)"?$/s.exec(field) ?? [];
    return name?.toLowerCase() === 'from' ? [value] : [];
  });
  return found.slice(-1);
}

function variableSource(keyword: string, image: string, where: Place): ConfigError {
  return new ConfigError({
    code: 'dockerfile-variable-invalid',
    what: `${keyword} takes files from ${JSON.stringify(image.slice(0, 200))}, and BuildKit puts no variables in there`,
    where,
    state: 'nothing was built',
    next: `name a stage for it (FROM ${image.slice(0, 200)} AS files) and take them from that`,
  });
}
