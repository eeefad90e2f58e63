import { ExpectedError } from "@millrace/model/expected-error";
import type { Definition } from "./definition.ts";
import { formatSourcePosition } from "./source-position.ts";

/** What can be wrong with definitions. */
export type DefinitionErrorCode =
  | "invalid_name"
  | "invalid_option"
  | "invalid_config"
  | "duplicate_definition"
  | "duplicate_step"
  | "conflicting_resources"
  | "unknown_resource"
  | "unknown_dependency"
  | "unknown_asset"
  | "dependency_cycle"
  | "empty_job"
  | "incompatible_partitions"
  | "too_many_partitions"
  | "invalid_graph"
  | "invalid_selection"
  | "not_a_definition";

/** Definitions that cannot be used. The message names every definition involved and where it was written. */
export class DefinitionError extends ExpectedError {
  readonly code: DefinitionErrorCode;

  constructor(code: DefinitionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DefinitionError";
    this.code = code;
  }
}

/** A definition as it is named in messages: `asset "orders" (/home/me/shop/assets.ts:12)`. */
export function describeDefinition(
  what: string,
  name: string,
  definition: Pick<Definition, "source"> | null,
): string {
  return definition === null
    ? `${what} "${name}"`
    : `${what} "${name}" (${formatSourcePosition(definition.source)})`;
}
