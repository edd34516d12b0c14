import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../src/domain/digest.ts';
import { type FingerprintInputs, fingerprintOf, layersHash } from '../../../src/domain/fingerprint.ts';

const [one, two] = [digestOf('one'), digestOf('two')];
const inputs: FingerprintInputs = {
  os: 'linux',
  architecture: 'amd64',
  config: { Env: ['B=2', 'A=1'], Cmd: ['run'], Labels: { b: '2', a: '1' } },
  diffIds: [one, two],
};
const with_ = (change: Partial<FingerprintInputs>) => fingerprintOf({ ...inputs, ...change });
const withConfig = (change: Readonly<Record<string, unknown>>) => with_({ config: { ...inputs.config, ...change } });

describe('the fingerprint', () => {
  it('is the sha256 of a prefix line and canonical JSON', () => {
    const text =
      `slipway-fingerprint/1\n{"config":{"Cmd":["run"],"Env":["B=2","A=1"],"Labels":{"a":"1","b":"2"}},` +
      `"diff_ids":["${one}","${two}"],"platform":{"architecture":"amd64","os":"linux"}}`;
    expect(fingerprintOf(inputs)).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
  });

  it.each<[string, Partial<FingerprintInputs>]>([
    ['the system', { os: 'windows' }],
    ['the architecture', { architecture: 'arm64' }],
    ['the variant', { variant: 'v7' }],
    ['the version of the system', { 'os.version': '10' }],
    ['a feature of the system', { 'os.features': ['win32k'] }],
    ['the order of layers', { diffIds: [two, one] }],
    ['a layer less', { diffIds: [one] }],
    ['no config at all', { config: null }],
  ])('changes with %s', (_, change) => {
    expect(with_(change)).not.toBe(fingerprintOf(inputs));
  });

  it.each([
    ['Entrypoint', ['sh']],
    ['User', '1000'],
    ['WorkingDir', '/app'],
    ['Healthcheck', { Test: ['CMD', 'true'] }],
    ['Volumes', { '/data': {} }],
    ['ExposedPorts', { '80/tcp': {} }],
    ['OnBuild', ['RUN x']],
    ['StopSignal', 'SIGINT'],
    ['Env', ['A=1', 'B=2']],
    ['Labels', { a: '1', b: '3' }],
    ['ArgsEscaped', true],
    ['KeyOfTheFuture', 'x'],
  ])('changes with %s of the config', (key, value) => {
    expect(withConfig({ [key]: value })).not.toBe(fingerprintOf(inputs));
  });

  it.each([
    ['Hostname', 'abc'],
    ['Domainname', 'abc'],
    ['Image', 'sha256:abc'],
    ['AttachStdin', true],
    ['AttachStdout', true],
    ['AttachStderr', true],
    ['OpenStdin', true],
    ['StdinOnce', true],
    ['Tty', true],
    ['Memory', 1],
    ['moby.buildkit.cache.v0', 'x'],
    ['Labels', { a: '1', b: '2', 'org.opencontainers.image.created': 'now' }],
    ['User', ''],
    ['Entrypoint', null],
    ['OnBuild', []],
    ['Volumes', {}],
  ])('does not see %s: %p', (key, value) => {
    expect(withConfig({ [key]: value })).toBe(fingerprintOf(inputs));
  });

  it('takes an empty variant for none', () => {
    expect(with_({ variant: '', 'os.features': [] })).toBe(fingerprintOf(inputs));
  });
});

describe('the hash of layers', () => {
  it('is that of the line that docker inspect prints', () => {
    const line = `[${one} ${two}]\n`;
    expect(layersHash([one, two])).toBe(createHash('sha256').update(line).digest('hex'));
  });

  it('of no layers is that of a pair of brackets', () => {
    expect(layersHash([])).toBe(createHash('sha256').update('[]\n').digest('hex'));
  });
});
