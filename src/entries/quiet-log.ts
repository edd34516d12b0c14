import type { Log } from '../ports/log.ts';

/** So much of what a test or a build prints is held for the case that it fails. */
const mostHeld = 400;

/** Says what somebody has to act on, and nothing of what goes as it should. */
export function quietLog(log: Log): Log {
  const nothing = (): void => {};
  const held = new Map<string, readonly string[]>();
  let isUnderWay = false;
  return {
    debug: nothing,
    info: nothing,
    notice: nothing,
    warning: (text, place) => log.warning(text, place),
    error: (text, place) => log.error(text, place),
    group: (_title, body) => body(),
    relay(lines, title) {
      // Before there are images, what is shown belongs to an error.
      if (isUnderWay) held.set(title, [...(held.get(title) ?? []), ...lines].slice(-mostHeld));
      else log.relay(lines, title);
    },
    task(key, state) {
      isUnderWay = true;
      const own = [...held].filter(([title]) => title.split(/[\s:]+/).includes(key));
      if (['done', 'failed', 'skipped'].includes(state.kind)) for (const [title] of own) held.delete(title);
      if (state.kind !== 'failed') return;
      for (const [title, lines] of own) log.relay(lines, title);
      log.task(key, state);
    },
  };
}
