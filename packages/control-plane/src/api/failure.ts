import type { ExpectedError } from "@millrace/model/expected-error";

/**
 * An expected failure as a value: GraphQL takes an `Error` that a resolver returns for a failure of the request. It has the name
 * of the type that shows it.
 */
export class Failure<E extends ExpectedError = ExpectedError> {
  readonly typeName: string;
  readonly error: E;
  constructor(typeName: string, error: E) {
    this.typeName = typeName;
    this.error = error;
  }
}
