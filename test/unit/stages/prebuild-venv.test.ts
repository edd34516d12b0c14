import { describe, expect, it } from '@jest/globals';
import type { VenvManager } from '../../../src/domain/devcontainer/venv-manager.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { parsePlatform } from '../../../src/domain/platform.ts';
import type { Cache } from '../../../src/ports/cache.ts';
import { installVenv, restoreVenv } from '../../../src/stages/prebuild-venv.ts';
import type { InContainer } from '../../../src/stages/prebuilding/in-container.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

/** A cache that is a map; what it restores is one file. */
function mapCache(files: ReturnType<typeof createMemoryFiles>, saved: string[]): Cache {
  return {
    async restore([path = ''], key, restoreKeys) {
      const found = [key, ...restoreKeys].map((start) => saved.findLast((one) => one.startsWith(start)));
      const hit = found.find((one) => one !== undefined);
      if (hit !== undefined) await files.write(`${path}/bin/python`, hit);
      return hit;
    },
    async save(_, key) {
      if (saved.includes(key)) return false;
      saved.push(key);
      return true;
    },
  };
}

interface Desk {
  readonly files?: Readonly<Record<string, string>>;
  readonly manager?: VenvManager['name'] | 'auto';
  readonly python?: string;
  /** Exit codes by the beginning of a command line. */
  readonly codes?: Readonly<Record<string, number>>;
  readonly poetry?: string;
  readonly said?: string;
}

function desk({
  files: given,
  manager = 'auto',
  python = '3.12.1',
  codes = {},
  poetry = '1.8.2',
  said = '',
}: Desk = {}) {
  const files = createMemoryFiles(given ?? { '/r/poetry.lock': 'one' });
  const saved: string[] = [];
  const commands: string[] = [];
  const run: InContainer = async (words) => {
    const line = words.join(' ');
    commands.push(line);
    const exitCode = Object.entries(codes).find(([start]) => line.startsWith(start))?.[1] ?? 0;
    return { exitCode, stdout: line === 'poetry --version' ? `Poetry (version ${poetry})` : said, stderr: '' };
  };
  const log = recordingLog();
  const ports = { files, log, cache: mapCache(files, saved) };
  const restore = (changes: Partial<Parameters<typeof restoreVenv>[1]> = {}) =>
    restoreVenv(ports, {
      run,
      folder: '/r',
      remoteFolder: '/w',
      project: '.',
      manager,
      installArgs: [],
      platform: parsePlatform('linux/amd64'),
      imageLayers: [digestOf('layer')],
      python,
      ...changes,
    });
  const whole = async (changes: Partial<Parameters<typeof restoreVenv>[1]> = {}) => {
    const venv = await restore(changes);
    if (venv !== undefined) await installVenv(ports, run, venv);
    return venv;
  };
  return { files, saved, commands, log, restore, whole };
}

describe('the packages of a Python project', () => {
  it('are installed and saved, and found again with nothing to save', async () => {
    const { whole, saved, commands } = desk();
    expect((await whole())?.hit).toBe('miss');
    expect(saved).toHaveLength(1);
    expect(commands).toEqual(['poetry --version', 'poetry check --lock', 'poetry install --sync --no-interaction']);
    expect((await whole())?.hit).toBe('exact');
    expect(saved).toHaveLength(1);
  });

  it('begin with those of the lock file before, and are saved under their own key', async () => {
    const { whole, saved, files } = desk();
    const before = await whole();
    await files.write('/r/poetry.lock', 'two');
    const after = await whole();
    expect(after?.hit).toBe('partial');
    expect(saved).toEqual([before?.keys.key, after?.keys.key]);
  });

  it('do not serve another image, another Python or another place', async () => {
    const { whole, restore } = desk();
    await whole();
    expect((await restore({ imageLayers: [digestOf('other')] }))?.hit).toBe('miss');
    expect((await restore({ python: '3.13.0' }))?.hit).toBe('miss');
    expect((await restore({ remoteFolder: '/elsewhere' }))?.hit).toBe('miss');
    expect((await restore())?.hit).toBe('exact');
  });

  it('are dropped where their interpreter does not work', async () => {
    const { restore, whole, files, log } = desk({ codes: { '.venv/bin/python -c': 127 } });
    await whole();
    expect((await restore())?.hit).toBe('miss');
    expect(await files.facts('/r/.venv')).toBeUndefined();
    expect(log.texts('warning').join()).toContain('does not work');
  });

  it('begin with nothing for pip, which takes nothing away', async () => {
    const { whole, files } = desk({ files: { '/r/requirements.txt': 'a' } });
    await whole();
    await files.write('/r/requirements.txt', 'b');
    expect((await whole())?.hit).toBe('miss');
  });

  it('are those of the tool whose lock file is there, or of the one that is named', async () => {
    const both = { '/r/uv.lock': 'u', '/r/requirements.txt': 'r' };
    expect((await desk({ files: both }).restore())?.manager.name).toBe('uv');
    expect((await desk({ files: both, manager: 'pip' }).restore())?.manager.name).toBe('pip');
    expect(await desk({ files: {} }).restore()).toBeUndefined();
    await expect(desk({ files: both, manager: 'poetry' }).restore()).rejects.toThrow('venv-lock-missing');
  });

  it('of a project below are found there', async () => {
    const found = await desk({ files: { '/r/backend/uv.lock': 'u' } }).restore({ project: 'backend' });
    expect(found).toMatchObject({ project: '/w/backend', folder: '/r/backend/.venv' });
  });

  it('need a Python', async () => {
    await expect(desk().restore({ python: undefined })).rejects.toThrow('venv-python-missing');
  });

  it.each([
    ['poetry check', 'pyproject.toml changed significantly since poetry.lock was last generated.', 'venv-lock-stale'],
    ['poetry install', 'Connection refused', 'venv-install-failed'],
  ])('are not saved when %s fails', async (start, said, code) => {
    const { whole, saved } = desk({ codes: { [start]: 1 }, said });
    await expect(whole()).rejects.toThrow(code);
    expect(saved).toEqual([]);
  });
});
