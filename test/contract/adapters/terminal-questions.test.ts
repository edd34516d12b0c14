import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createTerminalQuestions } from '../../../src/adapters/terminal-questions.ts';

function terminal(cancelled = new AbortController()) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const questions = createTerminalQuestions({ input, output, cancelled: cancelled.signal });
  return { input, questions, cancelled, shown: () => String(output.read() ?? '') };
}

describe('questions on a terminal', () => {
  it('are answered line by line, in whatever pieces the lines come', async () => {
    const { input, questions, shown } = terminal();
    const first = questions.ask('Where?', 'here');
    input.write(' the');
    input.write('re \nno\n');
    expect([await first, await questions.ask('Sure?', 'yes')]).toEqual(['there', 'no']);
    expect(shown()).toBe('Where? [here] Sure? [yes] ');
    questions[Symbol.dispose]();
  });

  it('take what is usual for Enter, and at the end of the input', async () => {
    const { input, questions, shown } = terminal();
    input.write('\n');
    expect(await questions.ask('Where?', 'here')).toBe('here');
    input.end();
    expect([await questions.ask('Who?', ''), await questions.ask('Sure?', 'yes')]).toEqual(['', 'yes']);
    expect(shown()).toBe('Where? [here] Who? \nSure? [yes] \n');
  });

  it('are given up when somebody asks us to stop', async () => {
    const { questions, cancelled } = terminal();
    const asked = questions.ask('Where?', 'here');
    cancelled.abort(new Error('stop'));
    await expect(asked).rejects.toThrow('stop');
    await expect(questions.ask('Sure?', 'yes')).rejects.toThrow('stop');
    questions[Symbol.dispose]();
  });
});
