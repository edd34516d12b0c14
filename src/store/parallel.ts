/** Does a task for each item, some at once. After a failure nothing new begins, and it is thrown only when all that had begun has ended. */
export async function inParallel<T>(
  items: readonly T[],
  atMost: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      try {
        await task(item);
      } catch (failure) {
        failures.push(failure);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, atMost), items.length) }, work));
  if (failures.length > 0) throw failures[0];
}
