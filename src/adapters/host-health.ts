/** After so many failures one after another, a host gets no more second chances until it answers well. */
const mostFailures = 10;

/** Counts how hosts answer, over all requests of a run. */
export interface HostHealth {
  failed(host: string): void;
  answered(host: string): void;
  isGivenUp(host: string): boolean;
}

/** All hosts are well until they show otherwise. */
export function createHostHealth(): HostHealth {
  const failures = new Map<string, number>();
  return {
    failed: (host) => void failures.set(host, (failures.get(host) ?? 0) + 1),
    answered: (host) => void failures.delete(host),
    isGivenUp: (host) => (failures.get(host) ?? 0) >= mostFailures,
  };
}
