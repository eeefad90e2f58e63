import { ExpectedError } from "@millrace/model/expected-error";

/** The database that the server was given is no use; the message says why. */
export class DatabaseUnusable extends ExpectedError {
  readonly code = "database_unusable";
}

/**
 * Checks that a text is the address of a PostgreSQL. Does not repeat it: it may hold a password.
 *
 * @param option what gave it, for the message.
 * @throws DatabaseUnusable when it is something else.
 */
export function checkDatabaseUrl(url: string, option: string): void {
  if (/^postgres(?:ql)?:$/.test(URL.parse(url)?.protocol ?? "")) return;
  throw new DatabaseUnusable(
    `${option} takes an address such as postgresql://user:password@host:5432/millrace; what it was given is none`,
  );
}
