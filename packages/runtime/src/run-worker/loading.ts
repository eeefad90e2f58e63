import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";

/** Definitions that were loaded, or why they could not be. */
export type Loading = Promise<{ readonly definitions: ResolvedDefinitions } | { readonly error: unknown }>;
