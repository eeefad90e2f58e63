/**
 * Whether the database refused what a statement brought, and would refuse it again: PostgreSQL's classes 22 (a value that no
 * column can hold), 23 (a constraint) and 54 (a limit, such as that of an index). Not our bug, and no reason to try again.
 */
export function isRefusedByDatabase(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(?:22|23|54)[0-9A-Z]{3}$/.test(error.code)
  );
}
