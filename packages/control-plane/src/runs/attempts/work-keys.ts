/** The key of the work item that launches an attempt: there is one for each attempt, however often it is left. */
export function launchKey(runId: string, attempt: number): string {
  return `launch_run:${runId}.${attempt}`;
}

/** The key of the work item that stops the worker of an attempt. */
export function terminateKey(runId: string, attempt: number): string {
  return `terminate_run:${runId}.${attempt}`;
}
