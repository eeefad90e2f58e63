/**
 * A failure that a caller can act on. `code` is stable and travels (over the wire, into the database, to the UI); the
 * class does not. Everything that is not an `ExpectedError` is a bug.
 */
export abstract class ExpectedError extends Error {
  abstract readonly code: string;
}
