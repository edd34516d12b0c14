import { RemoteError } from '../../domain/errors.ts';
import type { Http } from '../../ports/http.ts';
import { baseUrlOf } from './address.ts';

const patienceMs = 2000;

/** Tells whether anything answers at a registry's address, whatever it answers. It takes two seconds at most. */
export async function isReachable(http: Http, host: string): Promise<boolean> {
  try {
    const response = await http.send({ method: 'GET', url: baseUrlOf(host).href, idleTimeoutMs: patienceMs });
    for await (const _ of response.body);
    return true;
  } catch (error) {
    if (error instanceof RemoteError) return false;
    throw error;
  }
}
