import { hexOf } from '../domain/digest.ts';
import { ConfigError } from '../domain/errors.ts';
import { ReleaseJournal } from '../domain/release-journal.ts';
import type { ReleaseReport } from '../domain/release-report.ts';
import { readJson } from '../formats/json.ts';
import type { Files } from '../ports/files.ts';
import type { ActionPorts } from '../ports/ports.ts';

const pattern = /^journal-[0-9a-f]{12}\.json$/;
const maxJournalBytes = 64 * 1024 * 1024;

/** Journals of releases at a desk: one file for each set, for as long as its release is not at a good end. */
export function deskJournals(files: Files, folder: string) {
  const work = `${folder}/.slipway`;
  const pathOf = (set: ReleaseReport['set']): string => `${work}/journal-${hexOf(set).slice(0, 12)}.json`;
  return {
    async keep(journal: ReleaseJournal): Promise<void> {
      // Nobody should have to tell git that what we keep here is not theirs.
      await files.create(`${work}/.gitignore`, '*\n');
      await files.write(pathOf(journal.set), journalText(journal));
    },
    /** A release that ended well needs its journal no longer. */
    async drop(report: ReleaseReport): Promise<void> {
      if (report.state === 'released' || report.state === 'unchanged') await files.remove(pathOf(report.set));
    },
    /** The last one that was written. */
    async newest(): Promise<string | undefined> {
      const names = (await files.list(work)).flatMap(({ name }) => (pattern.test(name) ? [`${work}/${name}`] : []));
      const dated = await Promise.all(
        names.map(async (path) => ({ path, ms: (await files.facts(path))?.modified.getTime() ?? 0 })),
      );
      return dated.sort((a, b) => b.ms - a.ms)[0]?.path;
    },
  };
}

/** Reads a journal of a desk, or of the artifact that an action left. */
export async function readJournal(files: Files, path: string): Promise<ReleaseJournal> {
  const bytes = await files.readBytes(path);
  if (bytes === undefined) throw noJournal(`there is no journal at ${path}`, '--resume');
  return readJson(bytes, ReleaseJournal, {
    ...{ code: 'journal-invalid', what: 'the journal', where: path, maxBytes: maxJournalBytes },
    next: 'run the release again instead: what is done stays, and only what is missing is written',
  });
}

/** The refusal where nothing was broken off. */
export function noJournal(what: string, where: string): ConfigError {
  return new ConfigError({
    code: 'journal-missing',
    what,
    where,
    state: 'nothing was written',
    next: 'a release that ended well leaves none; of an action, name the file of its last artifact slipway-journal-…',
  });
}

/**
 * Journals of an action: artifacts of the run, of which none can be written twice. Without them a release can still be
 * ended by running the job again.
 */
export function actionJournal(ports: Pick<ActionPorts, 'artifacts' | 'log'>, step: 'push' | 'release') {
  let kept = 0;
  return async (journal: ReleaseJournal): Promise<void> => {
    const bytes = new TextEncoder().encode(journalText(journal));
    try {
      kept += 1;
      const name = `slipway-journal-${step}${kept === 1 ? '' : `-${kept}`}`;
      await ports.artifacts.upload(name, { 'journal.json': bytes });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      ports.log.warning(`the journal of this release could not be kept as an artifact: ${why}`);
    }
  };
}

function journalText(journal: ReleaseJournal): string {
  return `${JSON.stringify(journal, null, 1)}\n`;
}
