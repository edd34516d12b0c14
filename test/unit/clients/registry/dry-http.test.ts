import { describe, expect, it } from '@jest/globals';
import { createRegistryClient } from '../../../../src/clients/registry/client.ts';
import { type DryRequest, dryHttp } from '../../../../src/clients/registry/dry-http.ts';
import { release } from '../../../../src/stages/release.ts';
import { recordingLog } from '../../../support/fake-log.ts';
import { FakeRegistry } from '../../../support/fake-registry.ts';
import { madeRelease, namedBy, stageRelease } from '../../../support/release-set.ts';

const old = madeRelease('1.2.2');
const made = madeRelease('1.2.3');

describe('a release that is only tried', () => {
  it('makes the very requests of a real one, and writes nothing', async () => {
    const registry = new FakeRegistry();
    for (const one of [old, made]) await stageRelease(registry.other, one);
    const { clock } = registry;
    const log = recordingLog();
    await release({ registry: registry.other, clock, log }, old, 'all');
    const before = await namedBy(registry.other, made);
    const asked: DryRequest[] = [];
    const http = dryHttp(registry.http, (request) => void asked.push(request));
    let hex = 0;
    const random = { hex: (digits: number) => String(++hex).padStart(digits, '0') };
    const dry = createRegistryClient({ http, clock, random });
    const report = await release({ registry: dry, clock, log }, made, 'all');
    expect(report.state).toBe('released');
    expect(registry.lines.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
    expect(await namedBy(registry.other, made)).toEqual(before);

    const since = registry.lines.length;
    await release({ registry: registry.client, clock, log }, made, 'all');
    const plain = (line: string) => line.replace(/uploads\/[0-9a-z-]+/, 'uploads/ID');
    const real = registry.lines.slice(since).map(plain);
    const tried = asked.map(({ method, at }) => plain(`${method} ${at.replace(/^[^/]+/, '').replace(/\?.*/, '')}`));
    expect([...tried].sort()).toEqual([...real].sort());
    expect(tried.filter((line) => line.startsWith('PUT '))).toEqual([
      ...['1.2.3', '1.2', '1', 'latest'].flatMap((tag) =>
        [0, 1].map((place) => `PUT /v2/acme/image${place}/manifests/${tag}`),
      ),
    ]);
  });
});
