import type { Launcher, WorkerHandle } from "./launcher.ts";

/** Lets launches of one attempt that are asked for while another one is under way have what that comes to. */
export function launchOnce(launch: Launcher["launchWorker"]): Launcher["launchWorker"] {
  const launching = new Map<string, Promise<WorkerHandle>>();
  return (spec, how, signal) => {
    const key = `${spec.runId}.${spec.attempt}`;
    const worker = launching.get(key) ?? launch(spec, how, signal).finally(() => launching.delete(key));
    launching.set(key, worker);
    return worker;
  };
}
