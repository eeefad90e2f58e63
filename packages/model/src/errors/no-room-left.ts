import { ExpectedError } from "../expected-error.ts";

/** Nothing can be written where it must be, for lack of room or of the right to; the message says where and what to do. */
export class NoRoomLeft extends ExpectedError {
  readonly code = "no_room_left";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NoRoomLeft";
  }
}

/** By what the system says. */
const REASONS: Readonly<Record<string, (place: string) => string>> = {
  ENOSPC: (place) =>
    `there is no room left on the disk of ${place} (ENOSPC): free some, or give it a larger one`,
  EDQUOT: (place) => `the quota of the user leaves no room in ${place} (EDQUOT): free some, or raise it`,
  EROFS: (place) => `${place} is on a read-only file system (EROFS): mount it for writing`,
};

/**
 * What to throw in the place of an error of writing: `NoRoomLeft` when nothing could be written there, else the error.
 *
 * @param what what could not be done, as the beginning of a sentence: `The value of asset "orders" can't be stored`.
 * @param place the folder or file.
 */
export function explainNoRoom(what: string, place: string, error: unknown): unknown {
  const reason = findNoRoom(place, error);
  return reason === null ? error : new NoRoomLeft(`${what}: ${reason}`, { cause: error });
}

/** Why nothing can be written to a place, and what to do, when an error says that nothing can; else null. */
export function findNoRoom(place: string, error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return REASONS[String(error.code)]?.(place) ?? null;
}
