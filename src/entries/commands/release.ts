import { type Arguments, usageError } from '../../adapters/arguments.ts';
import { type DeskWork, releaseHere } from '../../pipelines/desk-release.ts';
import { releaseExitCode, releaseText } from '../../reports/release-text.ts';
import { type Command, deskOptions, readDeskOptions } from '../command.ts';

// A set is released as a whole, and nothing is built.
const { image: _, 'rebuild-base': __, ...setOptions } = deskOptions;

/** What both commands take that give tags. */
export const releaseOptions = {
  ...setOptions,
  registry: {
    kind: 'value',
    value: 'PREFIX',
    about: 'where the images are, a host with a path; by default a registry in .slipway/',
  },
  store: {
    kind: 'value',
    value: 'FOLDER',
    about:
      'what a run left that uploaded nothing: its artifacts slipway-store-… and slipway-record-…, each in a folder of its name',
  },
  'dry-run': { kind: 'flag', about: 'print every request that would be made, and write nothing' },
} as const;

/** The floating tags of a set that is in the registry, after its immutable ones. */
export const command: Command = {
  name: 'release',
  about: 'Give a proven set all its tags; end a release that was broken off; or move a floating tag back.',
  operands: '[FILE]',
  options: {
    ...releaseOptions,
    resume: { kind: 'flag', about: 'end the release that was broken off last, or that of the journal FILE' },
    repoint: {
      kind: 'value',
      value: 'TAG',
      about: 'move this floating tag, for each image from one exact digest to another',
    },
    from: { kind: 'values', value: 'DIGEST', about: 'with --repoint: what the tag names; once for each image' },
    to: { kind: 'values', value: 'DIGEST', about: 'with --repoint: what it is to name, in the same order' },
  },
  run: (context) => runRelease(context, workIn(context.arguments)),
};

/** Gives the tags and prints how it ended. */
export async function runRelease(
  { ports, arguments: given, print }: Parameters<Command['run']>[0],
  work: DeskWork,
): Promise<number> {
  const options = { ...readDeskOptions(given), registry: given.value('registry'), dryRun: given.flag('dry-run') };
  const { report, requests } = await releaseHere(ports, options, work);
  if (given.flag('json')) print(`${JSON.stringify(requests === undefined ? report : { report, requests })}\n`);
  else if (requests === undefined) print(releaseText(report));
  else
    print(
      `${requests.map(({ method, at }) => `${method} ${at}`).join('\n')}\n\nnothing was written; it would be:\n${releaseText(report)}`,
    );
  return releaseExitCode(report);
}

function workIn(given: Arguments): DeskWork {
  const [file, ...more] = given.positionals;
  const tag = given.value('repoint');
  const isResume = given.flag('resume');
  if (given.value('store') !== undefined && (isResume || tag !== undefined))
    throw usageError('--store belongs to neither --resume nor --repoint', 'leave it out');
  if ((file !== undefined && !isResume) || more.length > 0) {
    throw usageError(`${JSON.stringify(file)} is not expected here`, 'a journal is named with --resume');
  }
  if (isResume && tag !== undefined) throw usageError('--resume and --repoint exclude each other', 'give one of them');
  if (isResume) return { kind: 'resume', journal: file };
  const wish = { from: given.values('from') ?? [], to: given.values('to') ?? [] };
  if (tag !== undefined) return { kind: 'repoint', wish: { tag, ...wish } };
  if (wish.from.length + wish.to.length > 0)
    throw usageError('--from and --to belong to --repoint', 'name the tag with --repoint');
  return { kind: 'set', tags: 'all', store: given.value('store') };
}
