import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { type ContextEntry, type IdentityInputs, identityOf } from '../../../src/domain/identity.ts';

const file = (path: string, text = path): ContextEntry => ({
  path,
  kind: 'file',
  executable: false,
  digest: digestOf(text),
});
const inputs: IdentityInputs = {
  context: [file('a'), file('b/c'), { path: 'b', kind: 'folder', executable: false, digest: undefined }],
  dockerfile: 'FROM scratch\n',
  target: null,
  buildArgs: { A: '1', B: '2' },
  platforms: ['linux/amd64', 'linux/arm64'],
  bases: { base: digestOf('base'), other: digestOf('other') },
};

describe('the input identity', () => {
  it('is the hash of its documented form', () => {
    const empty = { ...inputs, context: [], buildArgs: {}, platforms: ['linux/amd64'], bases: {} };
    const text = `{"bases":{},"buildArgs":{},"context":[],"dockerfile":"FROM scratch\\n","platforms":["linux/amd64"],"target":null}`;
    expect(identityOf(empty)).toBe(digestOf(`slipway-identity/1\n${text}`));
  });

  it('is the hash of one canonical JSON, whatever is in it', () => {
    const whole = { ...inputs, options: { sbom: true }, more: { paths: [file('x')] } };
    const context = [...whole.context].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(identityOf(whole)).toBe(digestOf(`slipway-identity/1\n${canonicalJson({ ...whole, context })}`));
  });

  it('does not depend on the order of anything', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...inputs.context], { minLength: 3 }),
        fc.shuffledSubarray([...inputs.platforms], { minLength: 2 }),
        fc.shuffledSubarray(Object.entries(inputs.buildArgs), { minLength: 2 }),
        fc.shuffledSubarray(Object.entries(inputs.bases), { minLength: 2 }),
        (context, platforms, args, bases) => {
          const shuffled = {
            ...inputs,
            context,
            platforms,
            buildArgs: Object.fromEntries(args),
            bases: Object.fromEntries(bases),
          };
          expect(identityOf(shuffled)).toBe(identityOf(inputs));
        },
      ),
    );
  });

  it.each<[string, Partial<IdentityInputs>]>([
    ['the content of a file', { context: [file('a', 'other'), ...inputs.context.slice(1)] }],
    ['the name of a file', { context: [file('z', 'a'), ...inputs.context.slice(1)] }],
    ['the exec bit of a file', { context: [{ ...file('a'), executable: true }, ...inputs.context.slice(1)] }],
    ['a link instead of a file', { context: [{ ...file('a'), kind: 'link' }, ...inputs.context.slice(1)] }],
    ['one more file', { context: [...inputs.context, file('d')] }],
    ['one folder less', { context: inputs.context.slice(0, 2) }],
    ['the Dockerfile', { dockerfile: 'FROM scratch' }],
    ['the target', { target: 'app' }],
    ['a target called null', { target: 'null' }],
    ['an argument', { buildArgs: { A: '1', B: '3' } }],
    ['the name of an argument', { buildArgs: { A: '1', C: '2' } }],
    ['the platforms', { platforms: ['linux/amd64'] }],
    ['a base', { bases: { ...inputs.bases, base: digestOf('newer') } }],
    ['the name of a base', { bases: { renamed: digestOf('base'), other: digestOf('other') } }],
  ])('changes with %s', (_, change) => {
    expect(identityOf({ ...inputs, ...change })).not.toBe(identityOf(inputs));
  });
});

describe('canonical JSON', () => {
  it.each([
    [{ b: 1, a: [true, null, 'ü'] }, '{"a":[true,null,"ü"],"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [[undefined, 1], '[null,1]'],
    [{ B: 1, a: 2, é: 3 }, '{"B":1,"a":2,"é":3}'],
    ['quote"', '"quote\\""'],
    [undefined, 'null'],
  ])('of %p is %s', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('says what JSON says, and the same for every order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(text)).toEqual(plain);
        expect(canonicalJson(reversed(plain))).toBe(text);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
