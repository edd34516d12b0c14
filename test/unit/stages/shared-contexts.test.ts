import { describe, expect, it } from '@jest/globals';
import { parseSlipwayYml } from '../../../src/formats/slipway-yml.ts';
import type { Files } from '../../../src/ports/files.ts';
import { configuredImages } from '../../../src/stages/planning/configured.ts';
import { type Draft, readDrafts } from '../../../src/stages/planning/drafts.ts';
import { madePrefix } from '../../support/made-plan.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const configFile = 'slipway.yml';

/** The drafts of what lies on a disk, by key. */
async function draftsIn(files: Files): Promise<ReadonlyMap<string, Draft>> {
  const config = parseSlipwayYml((await files.readText(`/repo/${configFile}`)) ?? '', configFile);
  const configured = await configuredImages(files, '/repo', { config, configFile });
  const { drafts } = await readDrafts(files, {
    folder: '/repo',
    config: { ...config, ...configured, isDiscovered: false, texts: {}, notes: [] },
    configFile,
    prefix: madePrefix,
    version: null,
    tag: 'main',
    buildable: undefined,
    generated: new Map(),
    only: undefined,
  });
  return new Map(drafts.map((draft) => [draft.key, draft]));
}

const disk = (tree: Readonly<Record<string, string>>): Files =>
  createMemoryFiles(Object.fromEntries(Object.entries(tree).map(([path, text]) => [`/repo/${path}`, text])));

const image = (name: string): string => `  ${name}: {context: app, dockerfile: Dockerfile.${name}}\n`;
const app = {
  'app/Dockerfile.one': 'FROM alpine\n',
  'app/Dockerfile.two': 'FROM alpine\n',
  'app/file': 'text',
  'app/folder/file': 'text',
};

describe('images with the same context', () => {
  it('have the identities that they would have alone', async () => {
    const both = await draftsIn(disk({ ...app, [configFile]: `images:\n${image('one')}${image('two')}` }));
    const alone = await draftsIn(disk({ ...app, [configFile]: `images:\n${image('one')}` }));
    expect(both.get('one')?.identity).toBe(alone.get('one')?.identity);
  });

  it('see what their own .dockerignore leaves of it', async () => {
    const tree = { ...app, 'app/Dockerfile.two.dockerignore': 'folder\n' };
    const both = await draftsIn(disk({ ...tree, [configFile]: `images:\n${image('one')}${image('two')}` }));
    const alone = await draftsIn(disk({ ...tree, [configFile]: `images:\n${image('two')}` }));
    expect(both.get('two')?.identity).toBe(alone.get('two')?.identity);
    expect(both.get('two')?.identity).not.toBe(both.get('one')?.identity);
  });

  it('have its folders looked through once', async () => {
    const files = disk({ ...app, [configFile]: `images:\n${image('one')}${image('two')}` });
    const looked: string[] = [];
    await draftsIn({
      ...files,
      list: (path) => {
        looked.push(path);
        return files.list(path);
      },
    });
    expect(looked).toEqual(['/repo/app', '/repo/app/folder']);
  });
});

describe('a Dockerfile in the context', () => {
  it('counts with its bytes, also where they are no text', async () => {
    const identityWith = async (byte: number): Promise<string | undefined> => {
      const files = disk({ [configFile]: 'images:\n  app: {}\n' });
      await files.write('/repo/app/Dockerfile', Buffer.concat([Buffer.from('FROM alpine\n# '), Buffer.of(byte)]));
      return (await draftsIn(files)).get('app')?.identity;
    };
    expect(await identityWith(0xfe)).not.toBe(await identityWith(0xff));
  });

  it('is read once', async () => {
    const files = disk({ [configFile]: 'images:\n  app: {}\n', 'app/Dockerfile': 'FROM alpine\n' });
    const read: string[] = [];
    await draftsIn({
      ...files,
      readBytes: (path) => {
        read.push(path);
        return files.readBytes(path);
      },
    });
    expect(read).toEqual([]);
  });
});
