import { ExpectedError } from "@millrace/model/expected-error";
import type { StoredValueAddress } from "./io-manager.ts";

/** Nothing is stored where a step needs a value. */
export class ValueNotStored extends ExpectedError {
  readonly code = "value_not_stored";

  constructor(address: StoredValueAddress, options?: ErrorOptions) {
    super(
      `${describeAddress(address)} has no stored value${address.assetKey === null ? "" : ": materialize it first"}`,
      options,
    );
    this.name = "ValueNotStored";
  }
}

/** Whether an IO manager found nothing; own ones may throw any error with this code. */
export function isValueNotStored(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "value_not_stored";
}

/** What is stored under an address, for people. */
export function describeAddress(address: StoredValueAddress): string {
  if (address.assetKey !== null) {
    const partition = address.partitionKey === null ? "" : `partition ${address.partitionKey} of `;
    return `${partition}asset "${address.assetKey}"`;
  }
  return `output "${address.outputName}" of step "${address.stepKey}" in run ${address.runId}`;
}
