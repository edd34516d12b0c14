import { z } from 'zod';
import { isTag, type Repository, type Tag } from '../../domain/image-ref.ts';
import { maxDocumentBytes, readJson } from '../../formats/json.ts';
import { discard } from './answer.ts';
import { type Attempt, invalidAnswer } from './failure.ts';
import { pages } from './pages.ts';
import type { Transport } from './transport.ts';

const maxTags = 10_000;
const pageSize = 1000;

const TagList = z.object({ tags: z.array(z.string()).nullish() });

/** All tags of a repository; one that does not exist has none. Half a list is never given as if it were whole. */
export async function readTags(transport: Transport, repository: Repository): Promise<readonly Tag[]> {
  const attempt: Attempt = { repository, right: 'pull', what: 'the list of tags' };
  const tags = new Set<Tag>();
  const at = `tags/list?n=${pageSize}`;
  for await (const page of pages(transport, { attempt, method: 'GET', at, expected: [200, 404] })) {
    if (page.status === 404) {
      await discard(page);
      break;
    }
    const list = readJson(await page.bytes(maxDocumentBytes), TagList, {
      code: 'registry-answer-invalid',
      what: 'the list of tags',
      where: repository,
      next: 'look at the log of the registry or of a proxy before it',
    });
    for (const tag of list.tags ?? []) if (isTag(tag)) tags.add(tag);
    if (tags.size > maxTags) throw invalidAnswer(attempt, `has more than ${maxTags} tags there, which is too many`);
  }
  return [...tags];
}
