import type { Message } from "@bufbuild/protobuf";
import type { handleServerStreamingCall, handleUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { once } from "node:events";
import { toStatus } from "./grpc-errors.ts";

/** Answers a call with one message; what it throws becomes the call's status. `signal` is aborted when the caller leaves. */
export function serveUnary<Request extends Message, Response extends Message>(
  answer: (request: Request, signal: AbortSignal) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const left = new AbortController();
    call.on("cancelled", () => left.abort());
    const respond = async (): Promise<void> => {
      try {
        callback(null, await answer(call.request, left.signal));
      } catch (error) {
        callback(toStatus(error));
      }
    };
    void respond();
  };
}

/** Answers a call with a stream of messages, no faster than the caller takes them. */
export function serveStream<Request extends Message, Response extends Message>(
  answer: (
    request: Request,
    send: (response: Response) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const left = new AbortController();
    call.on("cancelled", () => left.abort());
    answer(call.request, (response) => write(call, response, left.signal), left.signal).then(
      () => call.end(),
      (error: unknown) => call.emit("error", toStatus(error)),
    );
  };
}

async function write<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (!call.write(response)) await once(call, "drain", { signal });
}
