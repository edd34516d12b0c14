import type { BuildOptions } from '../../domain/build-options.ts';
import { fillTexts } from '../../domain/placeholders.ts';
import type { ImageConfig } from '../../formats/config-schema.ts';

/** What the configuration says of the build of an image beside its context and arguments. */
export function buildOptionsOf(config: ImageConfig, values: Readonly<Record<string, string>>): BuildOptions {
  return {
    secrets: Object.entries(config.secrets).map(([id, source]) => {
      const optional = source.optional === true ? { optional: true } : {};
      if ('env' in source) return { id, from: 'env', name: source.env, ...optional };
      return { id, from: 'file', name: source.file, ...optional };
    }),
    ssh: config.ssh,
    network: config.network ?? null,
    addHosts: config['add-hosts'],
    ulimits: config.ulimits,
    shmSize: config['shm-size'] ?? null,
    allow: config.allow,
    labels: fillTexts(config.labels, values),
    annotations: fillTexts(config.annotations, values),
    provenance: config.provenance === false ? 'none' : config.provenance,
    sbom: config.sbom,
    noCacheFilters: config['no-cache-filters'],
  };
}
