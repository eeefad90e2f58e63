import { sql } from "kysely";
import type { Clock } from "@millrace/model/time/clock";
import type { Db } from "./connect.ts";
import { inTransaction } from "./in-transaction.ts";

/** How often it is tried at most whether the database writes again. */
const TRY_EVERY_MS = 1_000;
/** What a try writes: more than free places in files of the database would take. */
const TRIED_BYTES = 512 * 1_024;

/** Whether the database can still write, as its answers tell. */
export interface WriteFailures {
  /** Looks at an error of a statement. */
  readonly note: (error: unknown) => void;
  /** What keeps it from writing, until a try succeeds; null: nothing. */
  readonly find: () => Promise<string | null>;
}

/**
 * Remembers that statements failed because nothing can be written, which reading does not show. Whoever asks has it tried again, so that
 * it is forgotten as soon as somebody has mended it.
 *
 * @param tryToWrite fails while nothing can be written, see `tryToWrite`.
 */
export function createWriteFailures(
  clock: Pick<Clock, "monotonic">,
  tryToWrite: () => Promise<void>,
): WriteFailures {
  let known: string | null = null;
  let triedAt = -Infinity;
  return {
    note(error) {
      if (isWriteFailure(error)) known = error.message;
    },
    async find() {
      if (known === null || clock.monotonic() - triedAt < TRY_EVERY_MS) return known;
      triedAt = clock.monotonic();
      return (known = await tryToWrite().then(
        () => null,
        (error: unknown) => (isWriteFailure(error) ? error.message : known),
      ));
    },
  };
}

/** Has the database's files grow, and takes it back. @throws what keeps it from that. */
export async function tryToWrite(db: Db): Promise<void> {
  await inTransaction(db, async (trx) => {
    await sql`create temporary table write_probe on commit drop as
      select gen_random_uuid()::text as filling from generate_series(1, ${TRIED_BYTES / 64}::integer)`.execute(
      trx,
    );
  });
}

/**
 * Whether the database could not write: its disk is full (53100) or fails (58030), or it has become a standby (25006). Nobody's
 * fault who asked, and over when somebody has mended it.
 */
export function isWriteFailure(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^(?:53100|58030|25006)$/.test(String(error.code));
}
