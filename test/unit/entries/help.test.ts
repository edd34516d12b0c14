import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../../src/adapters/arguments.ts';
import { type Command, deskOptions, readDeskOptions } from '../../../src/entries/command.ts';
import { commandHelp, programHelp } from '../../../src/entries/help.ts';

const command: Command = {
  name: 'inspect',
  about: 'look at an image',
  operands: 'REF|STORE',
  options: { json: { kind: 'flag', about: 'as JSON' }, repo: { kind: 'value', value: 'DIR', about: 'the folder' } },
  run: async () => 0,
};

describe('the help', () => {
  it('of a command shows every option with what it takes', () => {
    expect(commandHelp(command)).toMatchInlineSnapshot(`
"slipway inspect REF|STORE [options]

look at an image

  --json      as JSON
  --repo DIR  the folder
  --help      show this
"
`);
  });

  it('of the program names every command and what the exit codes say', () => {
    const text = programHelp([command, { name: 'run', about: 'do it all' }]);
    expect(text).toMatch(/^ {2}inspect {2}look at an image$/m);
    expect(text).toMatch(/^ {2}run {6}do it all$/m);
    expect(text).toContain('70 our bug');
  });
});

describe('the options of a desk', () => {
  it('have defaults', () => {
    expect(readDeskOptions(parseArguments([], deskOptions))).toEqual({ repo: '.', rebuildBase: false });
  });

  it('are read by their names', () => {
    const words = '--repo r --config c --event push --ref main --rebuild-base --image a --image b'.split(' ');
    expect(readDeskOptions(parseArguments(words, deskOptions))).toEqual({
      repo: 'r',
      config: 'c',
      event: 'push',
      ref: 'main',
      rebuildBase: true,
      images: ['a', 'b'],
    });
  });
});
