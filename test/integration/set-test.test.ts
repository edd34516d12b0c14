import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SetTestResult } from '../../src/domain/set-test.ts';
import { type Desk, type Finished, openDesk } from '../support/desk.ts';
import { requireLab, tagsOf } from '../support/lab.ts';

const LIMIT_MS = 600_000;
const lab = requireLab();

/** Says what it sees, and leaves a mark outside of the repository's own files that it ran. */
const looking = [
  'set -eu',
  'docker run --rm "$SLIPWAY_IMAGE_GREETER" greet Ada',
  'docker run --rm "$SLIPWAY_IMAGE_BASE" echo "the base: $SLIPWAY_IMAGE_BASE"',
  'grep -o \'"clock":"[^"]*"\' "$SLIPWAY_IMAGES"',
  'env | cut -d= -f1 | grep -E "TOKEN|PASSWORD|^GITHUB_|^INPUT_" || echo no secrets',
].join('\n');

const together = `
services:
  base:
    image: \${SLIPWAY_IMAGE_BASE}
    command: [sleep, '300']
  probe:
    image: \${SLIPWAY_IMAGE_GREETER}
    command: [sh, -c, 'greet Grace && exit \${END}']
    depends_on: [base]
`;

describe('the test of a whole set', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk(lab);
    await desk.commit({ 'look.sh': looking, 'together.yml': together });
  }, LIMIT_MS);

  afterAll(async () => {
    await desk[Symbol.asyncDispose]();
  }, LIMIT_MS);

  async function runWith(test: string): Promise<Finished> {
    await desk.edit('slipway.yml', (text) => `${text.split('\nset:')[0]}\nset: {test: ${test}}\n`);
    await desk.commit();
    return desk.slipway('run', '--json');
  }

  function resultIn({ stdout }: Finished): SetTestResult {
    return SetTestResult.parse(JSON.parse(stdout).setTest);
  }

  const log = (): Promise<string> => readFile(path.join(desk.folder, '.slipway/logs/set-test.log'), 'utf8');

  it(
    'stops the release when it is red, and nothing is published',
    async () => {
      const run = await runWith('{name: not yet, host: [sh, -c, "echo it breaks; exit 3"]}');
      expect(run.exitCode).toBe(1);
      expect(resultIn(run)).toMatchObject({ name: 'not yet', state: 'failed', exitCode: 3, reason: 'exit code 3' });
      expect(JSON.parse(run.stdout)).toMatchObject({ verdict: null, release: null });
      expect(await log()).toContain('it breaks');
      await using registry = await desk.serve();
      expect(await tagsOf(lab, `${registry.host}/org/hello/base`).catch(() => [])).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'runs with images that an earlier run has proven, by digest, and lets the release go on',
    async () => {
      const run = await runWith('{host: [sh, look.sh]}');
      expect(run).toMatchObject({ exitCode: 0 });
      const result = resultIn(run);
      expect(result).toMatchObject({ state: 'passed', name: 'sh look.sh' });
      expect(result.images.map(({ key }) => key)).toEqual(['base', 'clock', 'greeter']);
      const printed = await log();
      expect(printed).toContain('Hello, Ada');
      expect(printed).toMatch(/the base: 127\.0\.0\.1:\d+\/base@sha256:\w{64}/);
      expect(printed).toMatch(/"clock":"127\.0\.0\.1:\d+\/clock@sha256:\w{64}"/);
      expect(printed).toContain('no secrets');
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is the end of one service of a compose file whose services are the images',
    async () => {
      const red = await runWith('{name: together, compose: together.yml, service: probe, env: {END: "4"}}');
      expect(red.exitCode).toBe(1);
      expect(resultIn(red)).toMatchObject({ name: 'together', state: 'failed', reason: 'exit code 4' });
      expect(await log()).toContain('Hello, Grace');
      const green = await runWith('{name: together, compose: together.yml, service: probe, env: {END: "0"}}');
      expect(green.exitCode).toBe(0);
      expect(resultIn(green)).toMatchObject({ state: 'passed', reason: '' });
      expect(await desk.inEngine()).toEqual([]);
    },
    LIMIT_MS,
  );
});
