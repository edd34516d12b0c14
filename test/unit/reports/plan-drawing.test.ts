import { describe, expect, it } from '@jest/globals';
import { planDiagram, planTree } from '../../../src/reports/plan-drawing.ts';

const images = [
  { key: 'base', needs: [] },
  { key: 'lib', needs: ['base'] },
  { key: 'tool', needs: ['base'] },
  { key: 'app', needs: ['lib', 'tool'] },
  { key: 'alone', needs: [] },
];

describe('the drawing of a plan', () => {
  it('shows as a tree what is built on what, each image once', () => {
    expect(planTree(images)).toEqual(['base', '├── lib', '│   └── app (also on tool)', '└── tool', 'alone']);
  });

  it('shows it as a diagram with every edge', () => {
    expect(planDiagram(images).split('\n')).toEqual([
      '```mermaid',
      'graph LR',
      '  i0["base"]',
      '  i1["lib"]',
      '  i2["tool"]',
      '  i3["app"]',
      '  i4["alone"]',
      '  i0 --> i1',
      '  i0 --> i2',
      '  i1 --> i3',
      '  i2 --> i3',
      '```',
    ]);
  });

  it('begins where the bases of this run do', () => {
    expect(
      planTree([
        { key: 'app', needs: ['lib', 'gone'] },
        { key: 'lib', needs: ['gone'] },
      ]),
    ).toEqual(['lib (also on gone)', '└── app (also on gone)']);
  });

  it.each([
    ['nothing', []],
    [
      'images that are not built on each other',
      [
        { key: 'a', needs: [] },
        { key: 'b', needs: ['elsewhere'] },
      ],
    ],
    [
      'more images than anybody can see',
      Array.from({ length: 101 }, (_, at) => ({ key: `k${at}`, needs: at === 0 ? [] : ['k0'] })),
    ],
  ])('is left out for %s', (_, some) => {
    expect([planTree(some), planDiagram(some)]).toEqual([[], '']);
  });
});
