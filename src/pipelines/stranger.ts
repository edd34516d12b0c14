import { plainBuild } from '../domain/build-options.ts';
import { digestOf } from '../domain/digest.ts';
import { parseRepository } from '../domain/image-ref.ts';
import type { PlannedImage } from '../domain/plan.ts';

/** An image that the files here do not know, such as one that a job described by its inputs: nothing is asked of it but what somebody types. */
export function strangerImage(key: string, prefix: string): PlannedImage {
  return {
    key,
    repository: parseRepository(`${prefix}/${key}`, '--image'),
    context: '.',
    dockerfile: 'Dockerfile',
    dockerfileText: null,
    target: null,
    platforms: [],
    buildArgs: {},
    contexts: {},
    matrix: {},
    needs: [],
    bases: [],
    identity: digestOf(`unknown inputs of ${key}`),
    reason: 'all',
    why: 'the files here do not know it',
    tests: [],
    expect: null,
    scan: null,
    logName: `test-${key}.log`,
    allowUntested: false,
    tags: { immutable: [], floating: [] },
    cache: { from: [], to: [], fresh: false },
    options: plainBuild,
    jobMinutes: 60,
  };
}
