import { create } from "@bufbuild/protobuf";
import type { handleBidiStreamingCall } from "@grpc/grpc-js";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { StatusSchema } from "@millrace/protocol/gen/google/rpc/status_pb";
import {
  EvaluateManyResponseSchema,
  EvaluationPartSchema,
  type EvaluateManyRequest,
  type EvaluateManyResponse,
  type Evaluation,
  type EvaluationPart,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { toStatusMessage } from "./grpc-errors.ts";
import type { EvaluateTick } from "./tick-handlers.ts";

/** Answers a call that asks for many evaluations: each begins at once, what comes of them in one turn of the event loop goes together. */
export function serveEvaluations(
  evaluate: EvaluateTick<Evaluation>,
): handleBidiStreamingCall<EvaluateManyRequest, EvaluateManyResponse> {
  return (call) => {
    const left = new AbortController();
    const underWay = new Map<number, AbortController>();
    let parts: EvaluationPart[] = [];
    let isAskedForAll = false;

    function flush(): void {
      if (left.signal.aborted) return;
      call.write(create(EvaluateManyResponseSchema, { parts }));
      parts = [];
      if (isAskedForAll && underWay.size === 0) call.end();
    }

    function send(number: number, is: EvaluationPart["is"]): void {
      if (parts.length === 0) setImmediate(flush);
      parts.push(create(EvaluationPartSchema, { number, is }));
    }

    async function begin(evaluation: Evaluation): Promise<void> {
      const { number } = evaluation;
      const leaving = new AbortController();
      using _ = onAbort(left.signal, () => leaving.abort());
      underWay.set(number, leaving);
      let end = create(StatusSchema);
      try {
        await evaluate(
          evaluation,
          async (response) => send(number, { case: "response", value: response }),
          leaving.signal,
        );
      } catch (error) {
        end = toStatusMessage(error);
      }
      underWay.delete(number);
      send(number, { case: "end", value: end });
    }

    call.on("cancelled", () => left.abort());
    call.on("data", ({ begin: asked, leave }: EvaluateManyRequest) => {
      for (const evaluation of asked) void begin(evaluation);
      for (const number of leave) underWay.get(number)?.abort();
    });
    call.on("end", () => {
      isAskedForAll = true;
      if (underWay.size === 0 && parts.length === 0) call.end();
    });
  };
}
