import { z } from 'zod';
import { isTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { type Attempt, invalidAnswer } from './failure.ts';
import { pages } from './pages.ts';
import type { Transport } from './transport.ts';

const maxTags = 10_000;
const pageSize = 1000;

/** Registries write `null` for no tags; a document without the word says nothing about them. */
const TagList = z.object({ tags: z.array(z.string()).nullable() });

const maxRounds = 100;

/** All tags of a repository; one that does not exist has none. Half a list is never given as if it were whole. */
export async function readTags(transport: Transport, repository: Repository): Promise<readonly Tag[]> {
  const attempt: Attempt = { repository, right: 'pull', what: 'the list of tags' };
  const tags = new Set<string>();
  let last: string | undefined;
  // Some registries give as many as were asked for and do not say that there are more.
  for (let round = 0; round < maxRounds; round += 1) {
    const known = tags.size;
    const page = await readRest(transport, attempt, last);
    for (const tag of page.tags) tags.add(tag);
    if (tags.size > maxTags) throw invalidAnswer(attempt, `has more than ${maxTags} tags there, which is too many`);
    if (page.lastCount !== pageSize || tags.size === known) return [...tags].filter(isTag);
    last = page.tags.at(-1);
  }
  throw invalidAnswer(attempt, 'has a list of tags without an end');
}

/** The tags after one, as far as the registry leads us, and how many there were on the last page. */
async function readRest(
  transport: Transport,
  attempt: Attempt,
  last: string | undefined,
): Promise<{ readonly tags: readonly string[]; readonly lastCount: number }> {
  const at = `tags/list?n=${pageSize}${last === undefined ? '' : `&last=${encodeURIComponent(last)}`}`;
  const request = { attempt, method: 'GET', at, wholeBytes: maxDocumentBytes } as const;
  const tags: string[] = [];
  let lastCount = -1;
  for await (const page of pages(transport, { ...request, expected: [200, 404] })) {
    if (page.status === 404 && lastCount < 0 && last === undefined) return { tags, lastCount: 0 };
    if (page.status === 404) throw invalidAnswer(attempt, 'has lost the rest of its list');
    const list = readJson(await page.bytes(maxDocumentBytes), TagList, {
      code: 'registry-answer-invalid',
      what: 'the list of tags',
      where: attempt.repository,
      next: 'look at the log of the registry or of a proxy before it',
    });
    tags.push(...(list.tags ?? []));
    lastCount = list.tags?.length ?? 0;
    if (tags.length > maxTags) break;
  }
  return { tags, lastCount };
}
