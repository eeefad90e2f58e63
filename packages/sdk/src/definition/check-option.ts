import { ExpectedError } from "@millrace/model/expected-error";
import { DefinitionError, describeDefinition } from "./definition-error.ts";
import type { SourcePosition } from "./source-position.ts";

/**
 * Reads an option with a rule that knows nothing of definitions.
 *
 * @throws DefinitionError naming the definition and its place, when the rule refuses the option.
 */
export function checkOption<T>(what: string, name: string, source: SourcePosition | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const where = describeDefinition(what, name, { source });
    throw new DefinitionError("invalid_option", `${where}: ${error.message}`, { cause: error });
  }
}
