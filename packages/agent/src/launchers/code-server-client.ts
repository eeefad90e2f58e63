import {
  Client,
  Metadata,
  credentials,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Clock } from "@millrace/model/time/clock";
import { onAbort } from "@millrace/model/waiting/on-abort";

const HEALTH_TIMEOUT_MS = 5_000;
const DESCRIBE_TIMEOUT_MS = 60_000;

const CHECK_HEALTH = "/grpc.health.v1.Health/Check";
const DESCRIBE = "/millrace.code.v1.CodeService/Describe";
/** A HealthCheckResponse with the status SERVING, and nothing else. */
const SERVING = Buffer.from([0x08, 0x01]);

/**
 * Speaks to one code server over gRPC. Messages stay bytes here: describing and health checks, all that an idle agent
 * does, need no message classes in its memory.
 */
export interface CodeServerClient {
  /** What times its calls. */
  readonly clock: Clock;
  /** Whether it answers that it serves. */
  isHealthy(): Promise<boolean>;
  /** The serialized LocationSnapshot of what the code defines. Throws a gRPC ServiceError. */
  describe(signal: AbortSignal): Promise<Buffer>;
  /** A unary call with serialized messages. Throws a gRPC ServiceError. */
  callOnce(path: string, request: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<Buffer>;
  /** A call that answers with a stream of serialized messages, handed over as they come. Throws a gRPC ServiceError. */
  callStream(
    path: string,
    request: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal,
    onMessage: (message: Buffer) => void,
  ): Promise<void>;
  /** A call to which messages go, and from which they come, as there are some. */
  callBoth(path: string, onMessage: (message: Buffer) => void): OpenCall;
  /** Resolves when no call is under way. */
  untilIdle(): Promise<void>;
  close(): void;
}

/** A call that is under way, to which messages can be sent. */
export interface OpenCall {
  send(request: Uint8Array): void;
  /** Says that no more will be sent. */
  end(): void;
  /** Resolves when the other side has ended it. Rejects with a gRPC ServiceError. */
  readonly ended: Promise<void>;
}

export function createCodeServerClient(address: string, clock: Clock): CodeServerClient {
  const channel = new Client(address, credentials.createInsecure(), {
    "grpc.default_authority": "localhost", // Made from a socket's path, it is not a valid one.
    "grpc.max_receive_message_length": -1,
    "grpc.enable_channelz": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1_000,
  });
  let underWay = 0;
  let idle = Promise.withResolvers<void>();

  async function counted<T>(call: Promise<T>): Promise<T> {
    underWay += 1;
    try {
      return await call;
    } finally {
      underWay -= 1;
      if (underWay === 0) {
        idle.resolve();
        idle = Promise.withResolvers();
      }
    }
  }

  function callOnce(
    path: string,
    request: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const options = { deadline: clock.now() + timeoutMs };
    const call = channel.makeUnaryRequest(
      path,
      toBuffer,
      keepBytes,
      request,
      new Metadata(),
      options,
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      },
    );
    return cancelable(promise, call, signal);
  }

  function callStream(
    path: string,
    request: Uint8Array,
    timeoutMs: number,
    signal: AbortSignal,
    onMessage: (message: Buffer) => void,
  ): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const options = { deadline: clock.now() + timeoutMs };
    const call: ClientReadableStream<Buffer> = channel.makeServerStreamRequest(
      path,
      toBuffer,
      keepBytes,
      request,
      new Metadata(),
      options,
    );
    call.on("data", onMessage);
    call.on("error", reject);
    call.on("end", resolve);
    return cancelable(promise, call, signal);
  }

  function callBoth(path: string, onMessage: (message: Buffer) => void): OpenCall {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const call: ClientDuplexStream<Uint8Array, Buffer> = channel.makeBidiStreamRequest(
      path,
      toBuffer,
      keepBytes,
    );
    call.on("data", onMessage);
    call.on("error", reject);
    call.on("end", resolve);
    return {
      send: (request) => void call.write(request),
      end: () => void call.end(),
      ended: counted(promise),
    };
  }

  return {
    clock,
    async isHealthy() {
      try {
        const answer = await callOnce(
          CHECK_HEALTH,
          new Uint8Array(),
          HEALTH_TIMEOUT_MS,
          new AbortController().signal,
        );
        return answer.equals(SERVING);
      } catch {
        return false;
      }
    },
    async describe(signal) {
      // DescribeResponse and LocationSnapshot have the same fields, and joining serialized protobuf messages merges them.
      const messages: Buffer[] = [];
      await counted(
        callStream(DESCRIBE, new Uint8Array(), DESCRIBE_TIMEOUT_MS, signal, (message) =>
          messages.push(message),
        ),
      );
      return Buffer.concat(messages);
    },
    callOnce: (path, request, timeoutMs, signal) => counted(callOnce(path, request, timeoutMs, signal)),
    callStream: (path, request, timeoutMs, signal, onMessage) =>
      counted(callStream(path, request, timeoutMs, signal, onMessage)),
    callBoth,
    async untilIdle() {
      if (underWay > 0) await idle.promise;
    },
    close: () => channel.close(),
  };
}

/** Whether a value that was thrown is a gRPC status. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "metadata" in error;
}

async function cancelable<T>(answer: Promise<T>, call: { cancel(): void }, signal: AbortSignal): Promise<T> {
  using _ = onAbort(signal, () => call.cancel());
  return await answer;
}

function toBuffer(message: Uint8Array): Buffer {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}

function keepBytes(message: Buffer): Buffer {
  return message;
}
