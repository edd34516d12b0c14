import type { Layout } from './layout.ts';
import { isAlive } from './process-identity.ts';
import { recordedServices } from './service.ts';
import { readState } from './state.ts';

/** Prints what runs and where; true when the lab is up and all of it runs. */
export function status(layout: Layout): boolean {
  const state = readState(layout.stateFile);
  const services = recordedServices(layout);
  const rows = services.map((service) => [
    service.name,
    isAlive(service) ? 'runs' : 'has died',
    String(service.pid),
    service.address,
    service.log,
  ]);
  if (state?.docker.owned === false) rows.push(['engine', 'not ours', '-', state.docker.host, '-']);
  if (rows.length > 0) process.stdout.write(`${table([['service', 'state', 'pid', 'address', 'log'], ...rows])}\n`);
  const isUp = state !== undefined && services.every(isAlive);
  process.stdout.write(`${isUp ? 'the lab is up' : 'the lab is not up: script/lab up'}\n`);
  return isUp;
}

/** Rows in columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
