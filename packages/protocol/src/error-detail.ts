import { create } from "@bufbuild/protobuf";
import type { ErrorInfo } from "@millrace/model/run-event";
import { ErrorDetailSchema, type ErrorDetail } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** An error as a message of the gRPC protocol. */
export function writeErrorDetail({
  stack,
  code,
  cause,
  errors = [],
  fields = {},
  ...info
}: ErrorInfo): ErrorDetail {
  return create(ErrorDetailSchema, {
    ...info,
    ...(stack === null ? {} : { stack }),
    ...(code === undefined ? {} : { code }),
    ...(cause === null ? {} : { cause: writeErrorDetail(cause) }),
    errors: errors.map(writeErrorDetail),
    fields: { ...fields },
  });
}

/** The error that a message of the gRPC protocol tells of. */
export function readErrorDetail({
  name,
  message,
  stack,
  cause,
  code,
  errors,
  fields,
}: ErrorDetail): ErrorInfo {
  return {
    name,
    message,
    stack: stack ?? null,
    cause: cause ? readErrorDetail(cause) : null,
    ...(code === undefined ? {} : { code }),
    ...(errors.length === 0 ? {} : { errors: errors.map(readErrorDetail) }),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
  };
}
