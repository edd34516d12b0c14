const tasks = new Set<() => void>();

function runTasks(): void {
  for (const task of tasks) {
    try {
      task();
    } catch {
      // The process is ending: the other tasks still have to run, and there is nobody left to tell.
    }
  }
}

/** Does something synchronous when the process ends, whatever ends it; the answer takes the task back. */
export function atExit(task: () => void): () => void {
  // One listener for all tasks: Node warns of a leak at eleven.
  if (tasks.size === 0) process.on('exit', runTasks);
  tasks.add(task);
  return () => {
    tasks.delete(task);
    if (tasks.size === 0) process.removeListener('exit', runTasks);
  };
}
