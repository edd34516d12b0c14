import { describe, expect, it } from '@jest/globals';
import { chooseNetwork, overlaps, parseSubnet, subnetsIn } from '../../../script/commands/lab/subnet.ts';

const subnet = (text: string) => parseSubnet(text) ?? { base: -1, bits: 0 };

describe('the choice of a network', () => {
  it.each([
    ['10.1.0.0/16', '10.1.255.1', true],
    ['10.1.0.0/16', '10.2.0.0/16', false],
    ['10.0.0.0/8', '10.200.0.0/16', true],
    ['192.168.1.0/24', '192.168.0.0/23', true],
    ['0.0.0.0/0', '10.1.1.1', true],
  ])('%s and %s overlap: %s', (left, right, expected) => {
    expect(overlaps(subnet(left), subnet(right))).toBe(expected);
    expect(overlaps(subnet(right), subnet(left))).toBe(expected);
  });

  it.each(['10.1.0', '300.1.1.1', '10.1.1.1/33', 'eth0'])('%s is no range', (text) => {
    expect(parseSubnet(text)).toBeUndefined();
  });

  it('finds the ranges in a listing of routes', () => {
    expect(subnetsIn('default via 10.9.0.1 dev eth0\n10.9.0.0/24 dev eth0 src 10.9.0.2')).toEqual(
      ['10.9.0.1', '10.9.0.0/24', '10.9.0.2'].map(subnet),
    );
  });

  it('starts from the id and steps past what is busy', () => {
    expect(chooseNetwork('00000000', [])).toBe(64);
    expect(chooseNetwork('00010000', [])).toBe(65);
    expect(chooseNetwork('00000000', [subnet('10.64.3.0/24'), subnet('10.65.0.0/16')])).toBe(66);
  });

  it('wraps around at the end and gives up when nothing is free', () => {
    expect(chooseNetwork('009f0000', [subnet('10.223.0.1')])).toBe(64);
    expect(chooseNetwork('00000000', [subnet('10.0.0.0/8')])).toBeUndefined();
  });
});
