import { InvalidRequest } from "./grpc-errors.ts";

/** Reads an ISO-8601 instant of a request. @throws InvalidRequest naming the field. */
export function parseInstant(field: string, text: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime()))
    throw new InvalidRequest(`\`${field}\` must be an ISO-8601 instant, not "${text}"`);
  return instant;
}
