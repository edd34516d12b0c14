import type { Place } from '../../src/domain/errors.ts';
import type { Log, TaskState } from '../../src/ports/log.ts';

/** One thing that was said, with the titles of the groups around it. */
export interface LogEntry {
  readonly kind: 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'group' | 'relay' | 'task';
  readonly text: string;
  readonly place?: Place;
  readonly lines?: readonly string[];
  readonly state?: TaskState;
}

/** A log that keeps what it is told. */
export interface RecordingLog extends Log {
  readonly entries: readonly LogEntry[];
  /** The texts of one kind, in order. */
  texts(kind: LogEntry['kind']): readonly string[];
}

/** A log whose entries a test can look at. */
export function recordingLog(): RecordingLog {
  const entries: LogEntry[] = [];
  const placed = (kind: LogEntry['kind']) => (text: string, place?: Place) => {
    entries.push({ kind, text, ...(place === undefined ? {} : { place }) });
  };
  return {
    entries,
    texts: (kind) => entries.filter((entry) => entry.kind === kind).map((entry) => entry.text),
    debug: placed('debug'),
    info: placed('info'),
    notice: placed('notice'),
    warning: placed('warning'),
    error: placed('error'),
    async group(title, body) {
      entries.push({ kind: 'group', text: title });
      return body();
    },
    relay: (lines, title) => void entries.push({ kind: 'relay', text: title, lines }),
    task: (key, state) => void entries.push({ kind: 'task', text: key, state }),
  };
}
