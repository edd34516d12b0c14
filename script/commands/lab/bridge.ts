import { existsSync, readFileSync } from 'node:fs';
import { attempt, run } from './command.ts';
import { LabError } from './lab-error.ts';
import type { Layout } from './layout.ts';
import { timed } from './progress.ts';
import { chooseNetwork, subnetsIn } from './subnet.ts';

/** The engine's own bridge and the addresses for the networks that people create. */
export interface Bridge {
  readonly name: string;
  readonly pool: string;
  readonly mtu: string;
}

/** Each engine has a bridge of its own. */
export type BridgeRole = 'engine' | 'classic';

const PREFIXES: Readonly<Record<BridgeRole, string>> = { engine: 'slw', classic: 'slc' };

/** An interface name ends at 15 bytes. */
export function bridgeName(layout: Layout, role: BridgeRole): string {
  return `${PREFIXES[role]}${layout.id}`;
}

/**
 * Makes the bridge of one of this lab's engines. It is never `docker0` nor "none": either would take the network
 * of another engine on the machine away.
 */
export async function ensureBridge(layout: Layout, role: BridgeRole): Promise<Bridge> {
  const name = bridgeName(layout, role);
  const mtu = await uplinkMtu();
  const existing = /inet 10\.(\d+)\.0\.1\/24/.exec((await attempt('ip', ['-4', 'addr', 'show', 'dev', name])).stdout);
  const second = existing?.[1] ?? (await timed(`bridge ${name}`, 'made', () => makeBridge(name, layout.id)));
  return { name, pool: `base=10.${second}.128.0/17,size=24`, mtu };
}

/** Takes the bridges away again. */
export async function removeBridges(layout: Layout): Promise<void> {
  for (const name of [bridgeName(layout, 'engine'), bridgeName(layout, 'classic')]) {
    if (existsSync(`/sys/class/net/${name}`)) await run('ip', ['link', 'delete', name]);
  }
}

async function makeBridge(name: string, id: string): Promise<string> {
  const addresses = await run('ip', ['-4', '-o', 'addr', 'show']);
  const routes = await run('ip', ['-4', 'route', 'show', 'table', 'all']);
  const second = chooseNetwork(id, subnetsIn(`${addresses} ${routes}`));
  if (second === undefined) throw new LabError('there is no free 10.x network on this machine');
  await attempt('ip', ['link', 'delete', name]);
  await run('ip', ['link', 'add', name, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `10.${second}.0.1/24`, 'dev', name]);
  await run('ip', ['link', 'set', name, 'up']);
  return String(second);
}

/** Packets larger than the uplink takes would vanish without a word. */
async function uplinkMtu(): Promise<string> {
  const device = / dev (\S+)/.exec((await attempt('ip', ['-4', 'route', 'show', 'default'])).stdout)?.[1];
  return device === undefined ? '1500' : readFileSync(`/sys/class/net/${device}/mtu`, 'utf8').trim();
}
