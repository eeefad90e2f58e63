/**
 * Does something once a signal is aborted; at once when it is already. Dispose of what is returned when the signal does not matter
 * any more: a signal may outlive many who listen to it.
 */
export function onAbort(signal: AbortSignal, work: () => void): Disposable {
  const abort = (): void => work();
  if (signal.aborted) work();
  else signal.addEventListener("abort", abort, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", abort) };
}
