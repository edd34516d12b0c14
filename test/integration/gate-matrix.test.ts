import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPorts } from '../../src/adapters/create-ports.ts';
import type { RegistryClient } from '../../src/clients/registry/client.ts';
import type { GateMode } from '../../src/domain/gate-mode.ts';
import type { TempFolder } from '../../src/ports/files.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { createStore } from '../../src/store/store.ts';
import { type MatrixWorld, matrix, type Outcome, type Played, play, tampered } from '../support/gate-matrix.ts';
import { requireLab } from '../support/lab.ts';
import { writeMade } from '../support/made-image.ts';
import { clientOf, freshRepository, labRegistry } from '../support/registries.ts';
import { drawn, honest, imageForms } from '../support/tampering.ts';

const limitMs = 600_000;
const lab = requireLab();
const registry = labRegistry(lab);
let ports: Ports & AsyncDisposable;
let client: RegistryClient;
let folder: TempFolder;
let stores = 0;

beforeAll(async () => {
  ports = createPorts();
  client = clientOf(ports);
  folder = await ports.files.tempFolder('slipway-gate-matrix-');
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
});

/** The registry of the lab with one repository, and stores on the disk. */
function worldOf(form: string): MatrixWorld {
  const repository = freshRepository(registry, `gate-${form}`);
  return {
    client,
    fresh: () => repository,
    known: new Set(),
    async store(made) {
      stores += 1;
      const store = await createStore(ports, `${folder.path}/${stores}`);
      await writeMade(store, made);
      return store;
    },
  };
}

describe.each(imageForms)('%s images in a registry of somebody else', (form) => {
  const tested = drawn(honest, form);
  const rows = matrix.filter(({ forms = imageForms }) => forms.includes(form));
  let world: MatrixWorld;
  const outcomeOf = async (mode: GateMode, played: Played): Promise<Outcome> =>
    (await play(world, mode, played)).state === 'match' ? 'missed' : 'caught';

  beforeAll(() => {
    world = worldOf(form);
  });

  it.each(rows)(
    '$tampering has the outcomes of the table',
    async (row) => {
      const other = drawn(tampered(row), form);
      const staged = { tested, staged: other, kept: other };
      const rebuilt = { tested, rebuilt: other };
      expect({
        layers: await outcomeOf('layers', rebuilt),
        rebuild: await outcomeOf('rebuild', rebuilt),
        promote: await outcomeOf('promote', staged),
        archive: await outcomeOf('archive', staged),
      }).toEqual(row.outcome);
    },
    limitMs,
  );

  it(
    'that are honest pass in every mode',
    async () => {
      for (const mode of ['promote', 'archive', 'rebuild', 'layers'] as const)
        expect([mode, await outcomeOf(mode, { tested })]).toEqual([mode, 'missed']);
    },
    limitMs,
  );
});
