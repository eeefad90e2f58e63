import type { ObjectRef, UnionRef } from "@pothos/core";
import type { ExpectedError } from "@millrace/model/expected-error";
import { Failure } from "../api/failure.ts";
import { builder, type UserApiTypes } from "./builder.ts";

type ErrorClass = abstract new (...args: never[]) => ExpectedError;

/** Errors that the result of a field may be, and the type that shows them. */
export interface ExpectedFailure {
  readonly type: ObjectRef<UserApiTypes, Failure>;
  readonly classes: readonly ErrorClass[];
}

/** How a type shows errors besides their message. */
export interface FailureOptions<E extends ExpectedError> {
  readonly description?: string;
  readonly fields?: PothosSchemaTypes.ObjectTypeOptions<UserApiTypes, Failure<E>>["fields"];
}

/**
 * Makes a type of expected failures, with their `message` and what else `fields` says of the error.
 *
 * @param classes the errors that are such failures.
 */
export function expectedFailure<const Classes extends readonly ErrorClass[]>(
  name: string,
  classes: Classes,
  { description, fields }: FailureOptions<InstanceType<Classes[number]>> = {},
): ExpectedFailure {
  const type = builder.objectRef<Failure<InstanceType<Classes[number]>>>(name).implement({
    ...(description === undefined ? {} : { description }),
    fields: (t) => ({ message: t.string({ resolve: ({ error }) => error.message }), ...fields?.(t) }),
  });
  return { type, classes };
}

/** The result of a field that may fail as expected. */
export interface Result<Success> {
  /** The union of the success and the failures. */
  readonly type: UnionRef<UserApiTypes, Success | Failure>;
  /** Does the work; an error that is one of the failures becomes a member of the union, any other is thrown. */
  readonly of: (work: () => Promise<Success> | Success) => Promise<Success | Failure>;
}

/** Makes the union of what a field gives and of the failures that it may be instead. */
export function resultType<Success extends object>(
  name: string,
  success: ObjectRef<UserApiTypes, Success>,
  failures: readonly ExpectedFailure[],
): Result<Success> {
  const members: ObjectRef<UserApiTypes, Success | Failure>[] = [
    success,
    ...failures.map(({ type }) => type),
  ];
  const union = builder.unionType(name, {
    types: members,
    resolveType: (value) => (value instanceof Failure ? value.typeName : success.name),
  });
  return {
    type: union,
    async of(work) {
      try {
        return await work();
      } catch (error) {
        const failure = failures.find(({ classes }) => classes.some((known) => error instanceof known));
        if (failure === undefined) throw error;
        return new Failure(failure.type.name, error as ExpectedError);
      }
    },
  };
}
