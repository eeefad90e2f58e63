import { Metadata, status, type ServiceError } from "@grpc/grpc-js";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { after } from "@millrace/model/waiting/after";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { StatusSchema, type Status } from "@millrace/protocol/gen/google/rpc/status_pb";
import {
  EvaluateManyRequestSchema,
  EvaluateManyResponseSchema,
  EvaluateScheduleRequestSchema,
  EvaluateSensorRequestSchema,
  EvaluationSchema,
  TickResponseSchema,
  type Evaluation,
  type TickResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { isServiceError, type CodeServerClient } from "../launchers/code-server-client.ts";

const SERVICE = "/millrace.code.v1.CodeService";

/** What is to be evaluated. */
export type Asked = Exclude<Evaluation["of"], { case: undefined }>;

/**
 * Asks a code server for one evaluation, and hands over what comes of it as it comes.
 *
 * @throws a gRPC ServiceError when it fails, its time is over, or the signal is aborted.
 */
export type AskForEvaluation = (
  of: Asked,
  timeoutMs: number,
  signal: AbortSignal,
  onResponse: (response: TickResponse) => void,
) => Promise<void>;

const known = new WeakMap<CodeServerClient, AskForEvaluation>();

/** What asks the code server of a client: for all that are under way at a time in one call, where the code server knows such. */
export function evaluationsOf(client: CodeServerClient): AskForEvaluation {
  const ask = known.get(client) ?? createAsking(client);
  known.set(client, ask);
  return ask;
}

function createAsking(client: CodeServerClient): AskForEvaluation {
  let takesMany = true;
  let open: ManyEvaluations | null = null;
  return async (of, timeoutMs, signal, onResponse) => {
    if (takesMany) {
      try {
        if (open === null || open.isClosed()) open = callForMany(client);
        return await open.ask(of, timeoutMs, signal, onResponse);
      } catch (error) {
        if (!isServiceError(error) || error.code !== status.UNIMPLEMENTED) throw error;
        takesMany = false; // It is older than this agent.
      }
    }
    return askAlone(client, of, timeoutMs, signal, onResponse);
  };
}

interface ManyEvaluations {
  readonly ask: AskForEvaluation;
  /** Whether it takes no more. */
  isClosed(): boolean;
}

/** A call for evaluations, which ends with the last of them. */
function callForMany(client: CodeServerClient): ManyEvaluations {
  const underWay = new Map<
    number,
    { readonly over: PromiseWithResolvers<void>; readonly onResponse: (response: TickResponse) => void }
  >();
  let isClosed = false;
  let asked = 0;
  let begin: Evaluation[] = [];
  let leave: number[] = [];
  const call = client.callBoth(`${SERVICE}/EvaluateMany`, (bytes) => {
    for (const { number, is } of fromBinary(EvaluateManyResponseSchema, bytes).parts) {
      if (is.case === "response") underWay.get(number)?.onResponse(is.value);
      else if (is.case === "end") finish(number, is.value.code === 0 ? null : toServiceError(is.value));
    }
  });
  call.ended.then(
    () => fail(failure(status.UNAVAILABLE, "The code server has ended the call")),
    (error: unknown) => fail(error),
  );

  function fail(error: unknown): void {
    isClosed = true;
    for (const number of underWay.keys()) finish(number, error);
  }

  function finish(number: number, error: unknown): void {
    const found = underWay.get(number);
    underWay.delete(number);
    if (error === null) found?.over.resolve();
    else found?.over.reject(error);
    if (underWay.size > 0 || isClosed) return;
    isClosed = true;
    flush();
    call.end();
  }

  function flush(): void {
    if (begin.length + leave.length === 0) return;
    call.send(toBinary(EvaluateManyRequestSchema, create(EvaluateManyRequestSchema, { begin, leave })));
    begin = [];
    leave = [];
  }

  return {
    isClosed: () => isClosed,
    async ask(of, timeoutMs, signal, onResponse) {
      signal.throwIfAborted();
      const number = ++asked;
      const over = Promise.withResolvers<void>();
      underWay.set(number, { over, onResponse });
      if (begin.push(create(EvaluationSchema, { number, of })) === 1) setImmediate(flush);
      const leaveIt = (code: status, details: string): void => {
        if (!underWay.has(number)) return;
        leave.push(number);
        finish(number, failure(code, details));
        if (!isClosed) flush();
      };
      using _time = after(client.clock, timeoutMs, () =>
        leaveIt(status.DEADLINE_EXCEEDED, "Deadline exceeded"),
      );
      using _signal = onAbort(signal, () => leaveIt(status.CANCELLED, "Cancelled"));
      await over.promise;
    },
  };
}

/** Evaluates in a call of its own. */
async function askAlone(
  client: CodeServerClient,
  { case: kind, value }: Asked,
  timeoutMs: number,
  signal: AbortSignal,
  onResponse: (response: TickResponse) => void,
): Promise<void> {
  const [method, request] =
    kind === "schedule"
      ? ["EvaluateSchedule", toBinary(EvaluateScheduleRequestSchema, value)]
      : ["EvaluateSensor", toBinary(EvaluateSensorRequestSchema, value)];
  await client.callStream(`${SERVICE}/${method}`, request, timeoutMs, signal, (bytes) =>
    onResponse(fromBinary(TickResponseSchema, bytes)),
  );
}

/** The end of one evaluation as the error with which a call of its own would have failed. */
function toServiceError(end: Status): ServiceError {
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, end)));
  const code = Object.values(status).find((each) => Number(each) === end.code);
  return failure(typeof code === "number" ? code : status.UNKNOWN, end.message, metadata);
}

function failure(code: status, details: string, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata });
}
