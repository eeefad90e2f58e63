import { useSyncExternalStore } from "react";

/** Whether the control plane answers; `awaySince` is when it first did not. */
export interface Connection {
  readonly awaySince: Date | null;
}

let connection: Connection = { awaySince: null };
const listeners = new Set<() => void>();

/** Notes that the control plane answered, whatever it said. */
export function reportAnswer(): void {
  if (connection.awaySince !== null) setConnection({ awaySince: null });
}

/** Notes that the control plane did not answer; the first such moment counts. */
export function reportNoAnswer(): void {
  if (connection.awaySince === null) setConnection({ awaySince: new Date() });
}

/** The connection as it is now; the component renders again when it changes. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

function setConnection(next: Connection): void {
  connection = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
