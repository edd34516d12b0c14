import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { type EngineName, engineNameLine, openEngineNames } from '../../../src/formats/engine-names.ts';
import { claimFolder, removeLeft, sweepKilled } from '../../../src/pipelines/leftovers.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedExec } from '../../support/fake-exec.ts';
import { recordingLog } from '../../support/fake-log.ts';
import { createMemoryFiles } from '../../support/memory-files.ts';

const [ours, others] = [digestOf('ours'), digestOf('somebody else’s')];
const pulled = `127.0.0.1:4000/app@${ours}`;

/** An engine that knows images by these names, and a disk with these files. */
function machine(
  names: Readonly<Record<string, string>>,
  disk: Readonly<Record<string, string>> = {},
  alive?: boolean,
) {
  const known = new Map(Object.entries(names));
  const exec = scriptedExec([
    {
      program: 'docker',
      args: ([first]) => first === 'image',
      result: ({ args }) => {
        const name = args.at(-1) ?? '';
        const id = known.get(name);
        if (args[1] === 'rm') known.delete(name);
        return id === undefined ? { exitCode: 1 } : { stdout: id };
      },
    },
    {
      program: 'docker',
      args: ([first]) => first === 'tag',
      result: ({ args: [, from = '', to = ''] }) => {
        known.set(to, known.get(from) ?? '');
        return {};
      },
    },
    { program: 'docker', result: {} },
  ]);
  const files = createMemoryFiles(disk);
  const processes = { self: async () => 'here:1:2', isAlive: async () => alive };
  return { exec, files, processes, log: recordingLog(), clock: fakeClock(), known };
}

const lines = (...entries: readonly EngineName[]) => entries.map(engineNameLine).join('');

describe('what a killed run left in an engine', () => {
  const lent: EngineName = { kind: 'lent', name: 'acme/app:1', ids: [ours, digestOf('config')] };
  const kept: EngineName = { kind: 'kept', name: 'acme/app:2', under: 'slipway-kept-1:kept' };

  it('is given back: what it pulled and tagged goes, and a name that meant something means it again', async () => {
    const names = {
      [pulled]: ours,
      'acme/app:1': ours,
      'acme/app:2': ours,
      'slipway-kept-1:kept': others,
      'acme/app:3': ours,
    };
    const list = lines({ kind: 'made', name: pulled }, lent, kept);
    const { known, files, log, ...rest } = machine(names, { '/run/app..logs..names': list, '/run/app/blob': 'x' });
    await removeLeft({ ...rest, files, log }, { folder: '/run' });
    expect([...known].sort()).toEqual([
      ['acme/app:2', others],
      ['acme/app:3', ours],
    ]);
    expect(await files.list('/run')).toEqual([]);
    expect(log.texts('info')).toEqual([
      'names of images in the engine that the job left, and that are as before now: 3',
    ]);
  });

  it('stays where it is not what the run made: taken by somebody else, or as it was before', async () => {
    const names = { 'acme/app:1': others, 'acme/app:2': others };
    const { known, log, ...rest } = machine(names, { '/run/app..logs..names': lines(lent, kept) });
    await removeLeft({ ...rest, log }, { folder: '/run' });
    expect([...known]).toEqual(Object.entries(names));
    expect(log.texts('info')).toEqual([]);
  });

  it('is not touched again once it was given back, and half a line is no line', () => {
    const list = lines(lent, { kind: 'back', name: 'acme/app:1' }, { kind: 'made', name: pulled });
    expect(openEngineNames(`${list}{"kind":"made","name":"acme/a`)).toEqual([{ kind: 'made', name: pulled }]);
  });
});

describe('the folder of a run', () => {
  const claimed = async (alive: boolean | undefined) => {
    const ports = machine({}, { '/runs/other/x': '1', '/runs/run-2/x': '1' }, alive);
    await claimFolder(ports, '/runs/run-1', { owner: 'me', builder: 'slipway-me' });
    await sweepKilled(ports, '/runs', 'run-');
    const rest = (await ports.files.list('/runs')).map(({ name }) => name);
    return { rest, removed: ports.exec.calls.filter(({ args }) => args.includes('buildx')).map(({ args }) => args) };
  };

  it('is removed by the next run when its process is gone, with its builder; folders of nobody stay', async () => {
    expect(await claimed(false)).toEqual({
      rest: ['other', 'run-2'],
      removed: [['buildx', 'rm', '--force', 'slipway-me']],
    });
  });

  it.each([[true], [undefined]])('stays while its process runs, or nobody can tell: %p', async (alive) => {
    expect(await claimed(alive)).toEqual({ rest: ['other', 'run-1', 'run-2'], removed: [] });
  });

  it('says nothing of a builder that others made', async () => {
    const { files, ...ports } = machine({});
    await claimFolder({ ...ports, files }, '/run', { owner: 'me', builder: 'default' });
    expect(JSON.parse((await files.readText('/run/..run')) ?? '')).toEqual({ process: 'here:1:2', owner: 'me' });
  });
});
