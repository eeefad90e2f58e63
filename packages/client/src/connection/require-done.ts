import { PartitionRequired, RequestRefused, UnknownDefinition } from "../errors/client-error.ts";

/** How a field of the user API says that it has not done what was asked for. */
type Failure =
  | { readonly __typename: "UnknownDefinition"; readonly message: string; readonly code: string }
  | { readonly __typename: "InvalidInput"; readonly message: string }
  | { readonly __typename: "BackfillNotInState"; readonly message: string }
  | { readonly __typename: "RunNotReexecutable"; readonly message: string; readonly code: string };

/**
 * What a field answers that may fail as expected, once it has not.
 *
 * @throws UnknownDefinition, PartitionRequired, RequestRefused
 */
export function requireDone<A extends { readonly __typename: string }>(
  answer: A,
): Exclude<A, { readonly __typename: Failure["__typename"] }> {
  const failure = answer as unknown as Failure;
  switch (failure.__typename) {
    case "UnknownDefinition":
      throw unknownDefinition(failure);
    case "InvalidInput":
      throw new RequestRefused(failure.message, "bad_request");
    case "BackfillNotInState":
      throw new RequestRefused(failure.message, "backfill_not_in_state");
    case "RunNotReexecutable":
      throw new RequestRefused(failure.message, failure.code);
    default:
      return answer as Exclude<A, { readonly __typename: Failure["__typename"] }>;
  }
}

/** What is not there, or a partition that is wanted. */
export function unknownDefinition({
  message,
  code,
}: {
  readonly message: string;
  readonly code: string;
}): UnknownDefinition | PartitionRequired {
  return code === "partition_required" ? new PartitionRequired(message) : new UnknownDefinition(message);
}
