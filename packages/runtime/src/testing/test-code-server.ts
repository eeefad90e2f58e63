import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  create,
  fromBinary,
  toBinary,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Client, ServiceError, status } from "@grpc/grpc-js";
import { StatusSchema } from "@millrace/protocol/gen/google/rpc/status_pb";
import { ErrorDetailSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { MILLRACE, type TestProject } from "./test-project.ts";

/** For tests: a code server of a project as a process of its own, and what it announced. It ends when it is killed. */
export async function startCodeServer(
  of: TestProject,
  at: string,
): Promise<{ server: ChildProcess; ready: Record<string, unknown> }> {
  const words = [
    "--working-directory",
    of.folder,
    "--entry",
    "defs.ts",
    "--location",
    "shop",
    "--socket",
    at,
  ];
  const started = spawn(process.execPath, [MILLRACE, "api", "code-server", ...words], {
    cwd: of.folder,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const [message] = (await once(started, "message")) as [Record<string, unknown>];
  return { server: started, ready: message };
}

/** For tests: calls a method that answers with one message. */
export function callUnary<Method extends DescMethod>(
  client: Client,
  method: Method,
  request: MessageInitShape<Method["input"]>,
): Promise<MessageShape<Method["output"]>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageShape<Method["input"]>) => Buffer.from(toBinary(method.input, message)),
      (bytes: Buffer) => fromBinary(method.output, bytes) as MessageShape<Method["output"]>,
      create(method.input, request) as MessageShape<Method["input"]>,
      (error, answer) => (answer === undefined ? reject(error ?? new Error("no answer")) : resolve(answer)),
    );
  });
}

/** For tests: calls a method that answers with a stream of messages, and gives their bytes. */
export async function callStream<Method extends DescMethod>(
  client: Client,
  method: Method,
  request: MessageInitShape<Method["input"]>,
): Promise<Buffer[]> {
  const stream = client.makeServerStreamRequest(
    `/${method.parent.typeName}/${method.name}`,
    (message: MessageShape<Method["input"]>) => Buffer.from(toBinary(method.input, message)),
    (bytes: Buffer) => bytes,
    create(method.input, request) as MessageShape<Method["input"]>,
  );
  return stream.toArray() as Promise<Buffer[]>;
}

/** For tests: the status and the detail of a call that must fail. */
export async function failureOf(answer: Promise<unknown>): Promise<{
  code: status;
  detail: { message: string; code?: string | undefined; stack?: string | undefined };
}> {
  const error = await answer.then(
    () => Promise.reject(new Error("the call did not fail")),
    (thrown: ServiceError) => thrown,
  );
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  const [detail] = fromBinary(StatusSchema, bytes as Buffer).details;
  return { code: error.code, detail: fromBinary(ErrorDetailSchema, detail?.value ?? new Uint8Array()) };
}
