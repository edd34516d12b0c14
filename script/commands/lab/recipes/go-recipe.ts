import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { attempt, run } from '../command.ts';
import { LabError, MISSING_PREREQUISITE } from '../lab-error.ts';
import type { Recipe, Workshop } from './recipe.ts';

export interface GoProgram {
  readonly name: string;
  readonly version: string;
  /** Import paths of the programs to build, all of one module. */
  readonly packages: readonly string[];
  /** Go variables to set; without it builders report "v0.0.0+unknown". */
  readonly stamps?: Readonly<Record<string, string>>;
  readonly tags?: string;
  readonly cgo?: boolean;
  /** Program names that differ from the last segment of their import path. */
  readonly renames?: Readonly<Record<string, string>>;
}

/** A tool that is built from Go modules. */
export function goRecipe(program: GoProgram): Recipe {
  return {
    name: program.name,
    version: program.version,
    make: async (workshop) => {
      await startModule(workshop.temp);
      // A module of our own, not `go install`: that refuses modules with replace or exclude directives.
      await go(workshop.temp, ['get', ...program.packages.map((name) => `${name}@${program.version}`)]);
      await buildPrograms(workshop, workshop.temp, program);
    },
  };
}

/** An empty module to collect requirements in. */
export async function startModule(directory: string): Promise<void> {
  await go(directory, ['mod', 'init', 'lab']);
}

/** Builds the program's packages within a module and puts them into the workshop's `bin`. */
export async function buildPrograms(
  workshop: Workshop,
  directory: string,
  program: Omit<GoProgram, 'name' | 'version'>,
): Promise<void> {
  const bin = path.join(workshop.out, 'bin');
  await mkdir(bin, { recursive: true });
  const stamps = Object.entries(program.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ['-trimpath', '-tags', program.tags ?? '', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
  await go(directory, ['build', ...flags, '-o', `${bin}/`, ...program.packages], program.cgo ?? false);
  for (const [from, to] of Object.entries(program.renames ?? {})) {
    await rename(path.join(bin, from), path.join(bin, to));
  }
}

/** Runs the go tool; the module mode is set because users may have -mod=readonly or vendor in theirs. */
export async function go(directory: string, args: readonly string[], cgo = false): Promise<string> {
  if ((await attempt('go', ['version'])).exitCode !== 0) {
    throw new LabError('the lab builds its tools with Go: install Go 1.26 or newer', MISSING_PREREQUISITE);
  }
  const env = { GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off', CGO_ENABLED: cgo ? '1' : '0' };
  return run('go', args, { cwd: directory, env });
}
