import type { RunEvent } from "@millrace/model/run-event";

/**
 * An event without secrets in what people read: its message, metadata, tags and error. What names things stays as it is,
 * as it is compared with other names.
 */
export function maskEvent(event: RunEvent, secrets: ReadonlySet<string>): RunEvent {
  if (secrets.size === 0) return event;
  return {
    ...event,
    message: maskSecrets(event.message, secrets),
    ...("metadata" in event ? { metadata: maskSecrets(event.metadata, secrets) } : {}),
    ...("tags" in event ? { tags: maskSecrets(event.tags, secrets) } : {}),
    ...("error" in event ? { error: maskSecrets(event.error, secrets) } : {}),
  } as RunEvent;
}

/** Replaces every occurrence of a secret in all texts of a value. A value without any is given back as it is. */
export function maskSecrets<T>(value: T, secrets: ReadonlySet<string>): T {
  return secrets.size === 0
    ? value
    : (mask(
        value,
        [...secrets].sort((a, b) => b.length - a.length),
      ) as T);
}

function mask(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") {
    return secrets.reduce(
      (text, secret) => (text.includes(secret) ? text.replaceAll(secret, "****") : text),
      value,
    );
  }
  if (Array.isArray(value)) return value.map((item) => mask(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask(item, secrets)]));
}
