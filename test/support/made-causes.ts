import type { ImageRecord } from '../../src/domain/record.ts';
import type { ExplainOptions } from '../../src/store/explain.ts';
import type { MadeEntry } from './made-tar.ts';
import { type DrawnImage, type DrawnLayer, honest } from './tampering.ts';

/** A reason for two images to differ that a test has made, and what is to be found out about it. */
export interface MadeCause {
  readonly cause: string;
  readonly change: (image: DrawnImage) => DrawnImage;
  /** What the history says of the first layer that differs; null where no layer does. */
  readonly instruction: string | null;
  readonly line: number | null;
  /** How the cause begins; null where nothing can prove one. */
  readonly found: string | null;
  readonly records?: readonly [Partial<ImageRecord>, Partial<ImageRecord>];
  readonly options?: ExplainOptions;
}

/** The Dockerfile of `causeImage`. */
export const causeDockerfile = `# what the made causes happen to
FROM alpine:3.20 AS tools
RUN make tools

FROM debian:12
ARG STAMP=none
ENV STAMP=$STAMP
RUN apt-get update && \\
    apt-get install --yes curl
WORKDIR /app
COPY --chown=1000:1000 src/ /app/
COPY --from=tools /out /usr/bin/
RUN pip install requests
CMD ["serve"]
`;

const at = {
  base: 0,
  apt: 1,
  workdir: 2,
  src: 3,
  tools: 4,
  pip: 5,
} as const;

const status = (curl: string): string =>
  `Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nPackage: curl\nStatus: install ok installed\nVersion: ${curl}\n\nPackage: old\nStatus: deinstall ok config-files\nVersion: 1\n`;

function layer(createdBy: string, ...entries: readonly MadeEntry[]): DrawnLayer {
  return { createdBy: `${createdBy} # buildkit`, entries };
}

const stamped = 'RUN |1 STAMP=none /bin/sh -c';

/** An image as BuildKit makes it of that Dockerfile. */
export const causeImage: DrawnImage = {
  ...honest,
  layers: [
    { createdBy: '# debian.sh --arch amd64', entries: [{ name: 'etc/os-release', content: 'debian 12' }] },
    layer(
      `${stamped} apt-get update &&     apt-get install --yes curl`,
      { name: 'var/lib/dpkg/status', content: status('7.88.1-10') },
      { name: 'usr/bin/curl', content: 'curl 10' },
    ),
    layer('WORKDIR /app', { name: 'app/' }),
    layer(
      'COPY --chown=1000:1000 src/ /app/',
      { name: 'app/main.py', content: 'print(1)\n', uid: 1000 },
      { name: 'app/run.sh', content: '#!/bin/sh\n', uid: 1000 },
    ),
    layer('COPY /out /usr/bin/', { name: 'usr/bin/tool', content: 'tool 1' }),
    layer(
      `${stamped} pip install requests`,
      { name: 'usr/lib/python3/site-packages/requests-2.31.0.dist-info/METADATA', content: '2.31.0' },
      { name: 'usr/lib/python3/site-packages/requests/api.py', content: 'api 31' },
    ),
  ],
  config: { Env: ['PATH=/bin', 'STAMP=none'], Cmd: ['serve'], WorkingDir: '/app', Labels: { team: 'blue' } },
  historyBefore: { 1: ['ARG STAMP=none', 'ENV STAMP=none'] },
  quietHistory: ['CMD ["serve"]'],
};

/** The image with other entries in one layer. */
function entries(place: keyof typeof at, change: (old: readonly MadeEntry[]) => readonly MadeEntry[]) {
  return (image: DrawnImage): DrawnImage => ({
    ...image,
    layers: image.layers.map((one, index) => (index === at[place] ? { ...one, entries: change(one.entries) } : one)),
  });
}

function content(name: string, text: string) {
  return (old: readonly MadeEntry[]): readonly MadeEntry[] =>
    old.map((entry) => (entry.name === name ? { ...entry, content: text } : entry));
}

/** The image with one argument of the build changed, wherever its history says it. */
function said(from: string, to: string) {
  return (image: DrawnImage): DrawnImage => ({
    ...image,
    layers: image.layers.map((one) => ({ ...one, createdBy: one.createdBy.replace(from, to) })),
    historyBefore: { 1: (image.historyBefore?.[1] ?? []).map((text) => text.replace(from, to)) },
  });
}

const apt = 'RUN apt-get update &&     apt-get install --yes curl (with STAMP=none)';
const src = 'COPY --chown=1000:1000 src/ /app/';
const pip = 'RUN pip install requests (with STAMP=none)';
const builder = (version: string) => ({ builder: { name: 'made', driver: 'remote', version } });
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as ImageRecord['digest'];
const based = (digit: string): Partial<ImageRecord> => ({
  bases: [{ reference: 'debian:12', key: null, digest: digest(digit), platforms: {} }],
});

/** The causes of the table "False positive" and their neighbours. */
export const madeCauses: readonly MadeCause[] = [
  {
    cause: 'times of a RUN',
    change: entries('apt', (old) => old.map((entry) => ({ ...entry, mtime: 1_700_000_000 }))),
    ...{ instruction: apt, line: 8, found: 'timestamps: ' },
  },
  {
    cause: 'times of a COPY',
    change: entries('src', (old) => old.map((entry) => ({ ...entry, mtime: 1_700_000_000 }))),
    ...{ instruction: src, line: 11, found: 'timestamps: ' },
  },
  {
    cause: 'apt moved on',
    change: entries('apt', (old) =>
      content('usr/bin/curl', 'curl 11')(content('var/lib/dpkg/status', status('7.88.1-11'))(old)),
    ),
    ...{ instruction: apt, line: 8, found: 'packages: other versions were installed: curl 7.88.1-10 -> 7.88.1-11' },
  },
  {
    cause: 'pip moved on',
    change: entries('pip', () => [
      { name: 'usr/lib/python3/site-packages/requests-2.32.0.dist-info/METADATA', content: '2.32.0' },
      { name: 'usr/lib/python3/site-packages/requests/api.py', content: 'api 32' },
    ]),
    ...{ instruction: pip, line: 13, found: 'packages: other versions were installed: requests 2.31.0 -> 2.32.0' },
  },
  {
    cause: 'a generated file in the context',
    change: entries('src', (old) => [...old, { name: 'app/_version.py', content: '1', uid: 1000 }]),
    ...{ instruction: src, line: 11, found: `context: ${src} differs in 1 path: app/_version.py (added (file))` },
  },
  {
    cause: 'other content in the context',
    change: entries('src', content('app/main.py', 'print(2)\n')),
    ...{ instruction: src, line: 11, found: `context: ${src} differs in 1 path: app/main.py (content)` },
  },
  {
    cause: 'a build anew of a command that is not the same twice',
    change: (image) =>
      entries('src', (old) => old.map((entry) => ({ ...entry, mtime: 1_700_000_000 })))(
        entries('pip', content('usr/lib/python3/site-packages/requests/api.py', 'random'))(image),
      ),
    ...{ instruction: src, line: 11, found: null },
  },
  {
    cause: 'a build anew with another command at its end, which did the same',
    change: (image) =>
      entries('src', (old) => old.map((entry) => ({ ...entry, mtime: 1_700_000_000 })))(
        entries('pip', (old) => old.map((entry) => ({ ...entry, mtime: 1_700_000_000 })))(
          said('pip install requests', 'pip  install requests')(image),
        ),
      ),
    ...{ instruction: src, line: 11, found: null },
  },
  {
    cause: 'other line ends in the context',
    change: entries('src', content('app/main.py', 'print(1)\r\n')),
    ...{
      instruction: src,
      line: 11,
      found: `context: ${src} differs in 1 path: app/main.py (content (9 -> 10 bytes))`,
    },
  },
  {
    cause: 'another mode in the context',
    change: entries('src', (old) => old.map((one) => (one.name === 'app/run.sh' ? { ...one, mode: 0o755 } : one))),
    ...{ instruction: src, line: 11, found: `context: ${src} differs in 1 path: app/run.sh (mode 644 -> 755)` },
  },
  {
    cause: 'a file gone from the context',
    change: entries('src', (old) => old.slice(1)),
    ...{ instruction: src, line: 11, found: `context: ${src} differs in 1 path: app/main.py (removed (file))` },
  },
  {
    cause: 'a base that moved',
    change: entries('base', content('etc/os-release', 'debian 12.1')),
    records: [based('a'), based('b')],
    ...{ instruction: '# debian.sh --arch amd64', line: null, found: `base: debian:12 moved: it was ${digest('a')}` },
  },
  {
    cause: 'a base that moved and installed other packages',
    change: (image) =>
      entries('base', () => [{ name: 'var/lib/dpkg/status', content: status('1') }])(
        said('debian.sh --arch amd64', 'debian.sh --arch amd64 again')(image),
      ),
    records: [based('a'), based('b')],
    ...{ instruction: '# debian.sh --arch amd64', line: null, found: 'base: debian:12 moved' },
  },
  {
    cause: 'a base that nobody recorded',
    change: entries('base', () => [{ name: 'var/lib/dpkg/status', content: status('1') }]),
    ...{ instruction: '# debian.sh --arch amd64', line: null, found: null },
  },
  {
    cause: 'another version of BuildKit',
    change: entries('apt', (old) => old.toReversed()),
    records: [builder('v0.32.0'), builder('v0.33.0')],
    ...{
      instruction: apt,
      line: 8,
      found: 'builder: the same files in layers of another form, made by BuildKit v0.32.0',
    },
  },
  {
    cause: 'another version of BuildKit, beside another context',
    change: entries('src', content('app/main.py', 'print(3)\n')),
    records: [builder('v0.32.0'), builder('v0.33.0')],
    ...{ instruction: src, line: 11, found: 'context: ' },
  },
  {
    cause: 'a label with the number of the run',
    change: (image) => ({ ...image, config: { ...image.config, Labels: { team: 'blue', run: '7' } } }),
    ...{
      instruction: null,
      line: null,
      found: 'config: the layers are equal, and only the config differs: config.Labels.run (null -> 7)',
    },
  },
  {
    cause: 'a build argument with a date',
    change: (image) => entries('apt', content('usr/bin/curl', 'today'))(said('STAMP=none', 'STAMP=today')(image)),
    ...{ instruction: apt, line: 8, found: 'instruction: it was "ARG STAMP=none", and is "ARG STAMP=today"' },
  },
  {
    cause: 'another instruction',
    change: (image) =>
      entries('pip', content('none', ''))(said('pip install requests', 'pip install  requests')(image)),
    ...{ instruction: null, line: null, found: 'times: ' },
  },
  {
    cause: 'another command that does something else',
    change: (image) =>
      entries('tools', content('usr/bin/tool', 'tool 2'))(said('COPY /out /usr/bin/', 'COPY /out2 /usr/bin/')(image)),
    ...{
      instruction: 'COPY /out /usr/bin/',
      line: 12,
      found: 'instruction: it was "COPY /out /usr/bin/", and is "COPY /out2',
    },
  },
  {
    cause: 'another stage',
    change: entries('tools', content('usr/bin/tool', 'tool 2')),
    ...{ instruction: 'COPY /out /usr/bin/', line: 12, found: null },
  },
  {
    cause: 'a command that is not the same twice',
    change: entries('apt', content('usr/bin/curl', 'random')),
    ...{ instruction: apt, line: 8, found: null },
  },
  {
    cause: 'a cache that another run wrote',
    change: entries('apt', content('usr/bin/curl', 'of another run')),
    options: { cache: { place: 'registry.test/cache:app', a: digest('a'), b: digest('b') } },
    ...{ instruction: apt, line: 8, found: 'cache: another run wrote the cache registry.test/cache:app since' },
  },
  {
    cause: 'another packing',
    change: (image) => ({ ...image, layers: image.layers.map((one) => ({ ...one, packing: 'zstd' as const })) }),
    ...{ instruction: null, line: null, found: 'packing: equal layers, packed in another way' },
  },
  {
    cause: 'another time of the build',
    change: (image) => ({ ...image, created: '2027-01-01T00:00:00Z' }),
    ...{ instruction: null, line: null, found: 'times: only what no container sees differs: created, history' },
  },
];
