import { ExpectedError } from "@millrace/model/expected-error";
import { UnknownDefinition } from "../../api/unknown-definition.ts";

/**
 * What a rule of the model answers about partitions that somebody named.
 *
 * @throws UnknownDefinition where the rule refuses them: what was named is not there.
 */
export function orUnknownDefinition<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ExpectedError ? new UnknownDefinition(error.message, { cause: error }) : error;
  }
}
