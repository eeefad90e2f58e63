import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Metadata, status, type StatusObject } from "@grpc/grpc-js";
import { ExpectedError } from "@millrace/model/expected-error";
import type { ErrorInfo } from "@millrace/model/run-event";
import { StatusSchema, type Status } from "@millrace/protocol/gen/google/rpc/status_pb";
import { ErrorDetailSchema, type ErrorDetail } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";

/** The request names a definition that this code does not have. */
export class NoSuchDefinition extends ExpectedError {
  readonly code = "no_such_definition";
}

/** That there is no definition of that name, and which there are. */
export function noSuch(what: string, name: string, known: ReadonlyMap<string, unknown>): NoSuchDefinition {
  const names = [...known.keys()].slice(0, 20).join(", ");
  return new NoSuchDefinition(`There is no ${what} "${name}"; there are: ${names || "none"}`);
}

/** The request itself is wrong; the message names the field. */
export class InvalidRequest extends ExpectedError {
  readonly code = "invalid_request";
}

/** User code threw while it evaluated a tick; `info` is what it threw. */
export class EvaluationFailed extends ExpectedError {
  readonly code = "evaluation_failed";
  readonly info: ErrorInfo;
  constructor(info: ErrorInfo) {
    super(info.message);
    this.info = info;
  }
}

/**
 * A thrown value as a gRPC status with an ErrorDetail: NOT_FOUND and INVALID_ARGUMENT for bad requests, UNKNOWN for
 * errors of user code, whose detail is the user's own error.
 */
export function toStatus(error: unknown): Partial<StatusObject> {
  const message = toStatusMessage(error);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, message)));
  return { code: statusCode(error), details: message.message, metadata };
}

/** The same as a message, for what ends within a call. */
export function toStatusMessage(error: unknown): Status {
  const info = error instanceof EvaluationFailed ? error.info : toErrorInfo(error);
  const details = [anyPack(ErrorDetailSchema, toErrorDetail(info))];
  return create(StatusSchema, { code: statusCode(error), message: info.message.slice(0, 300), details });
}

function statusCode(error: unknown): status {
  if (error instanceof NoSuchDefinition) return status.NOT_FOUND;
  if (error instanceof InvalidRequest) return status.INVALID_ARGUMENT;
  return error instanceof EvaluationFailed ? status.UNKNOWN : status.INTERNAL;
}

/** The details travel in a header, of which gRPC takes 8 KB: long texts lose their ends, long chains their last causes. */
function toErrorDetail(
  { name, message, stack, cause, code, errors, fields }: ErrorInfo,
  depth = 0,
): ErrorDetail {
  const share = depth === 0 ? 1 : 4;
  return create(ErrorDetailSchema, {
    name,
    message: message.slice(0, 1_200 / share),
    ...(stack === null ? {} : { stack: stack.slice(0, 1_600 / share) }),
    ...(cause === null || depth >= 2 ? {} : { cause: toErrorDetail(cause, depth + 1) }),
    ...(code === undefined ? {} : { code }),
    ...(depth > 0 ? {} : { errors: (errors ?? []).slice(0, 3).map((inner) => toErrorDetail(inner, 2)) }),
    ...(depth > 0 ? {} : { fields: shorten(fields ?? {}) }),
  });
}

function shorten(fields: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(fields).slice(0, 8);
  return Object.fromEntries(kept.map(([name, text]) => [name.slice(0, 40), text.slice(0, 120)]));
}
