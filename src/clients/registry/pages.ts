import { nextUrl } from './address.ts';
import { invalidAnswer } from './failure.ts';
import { nextPage } from './link-header.ts';
import type { RegistryRequest, RegistryResponse, Transport } from './transport.ts';

const maxPages = 100;

/** All pages of a list. Each one must be read before the next is asked for. */
export async function* pages(transport: Transport, request: RegistryRequest): AsyncIterable<RegistryResponse> {
  const seen = new Set<string>();
  let at = request.at;
  for (let page = 0; page < maxPages; page += 1) {
    const response = await transport.send({ ...request, at });
    yield response;
    const next = nextPage(response.headers.link);
    if (response.status !== 200 || next === undefined) return;
    const url = nextUrl(response.url, next, request.attempt.repository);
    if (url.origin !== response.url.origin) throw invalidAnswer(request.attempt, 'continues its list on another host');
    if (seen.has(url.href)) throw invalidAnswer(request.attempt, 'goes round in circles in its list');
    seen.add(url.href);
    at = url;
  }
  throw invalidAnswer(request.attempt, `has more than ${maxPages} pages in its list`);
}
