import { LabError } from './lab-error.ts';
import type { Layout } from './layout.ts';
import { say } from './progress.ts';
import { forgetService } from './service.ts';
import type { Service } from './state.ts';

/** Starts a service that the lab can do without; where it cannot run, one line says why. */
export async function ensureOptionalService(
  layout: Layout,
  names: { readonly service: string; readonly title: string },
  start: () => Promise<Service>,
): Promise<Service | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    await forgetService(layout, names.service);
    say(`no ${names.title}: ${error.message.split('\n').join(' ')}`);
    return undefined;
  }
}
