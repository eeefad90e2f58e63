import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { rmSync } from "node:fs";
import { Server, ServerCredentials, ServerInterceptingCall } from "@grpc/grpc-js";
import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@millrace/protocol/gen/grpc/health/v1/health_pb";
import { ServerReflection } from "@millrace/protocol/gen/grpc/reflection/v1/reflection_pb";
import { CodeService } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import manifest from "../../package.json" with { type: "json" };
import type { LoadedLocation } from "../loading/load-location.ts";
import { createCodeService } from "./code-service.ts";
import { describeLocation } from "./describe/describe-location.ts";
import { toServiceDefinition } from "./grpc-service.ts";
import { createHealthService } from "./health-service.ts";
import { watchForOrphaning, type OrphanWatch } from "./orphan-exit.ts";
import { createReflectionService } from "./reflection-service.ts";

/** How long calls that are under way may take when the server is asked to stop. */
const SHUTDOWN_MS = 10_000;

/**
 * Serves a loaded code location over gRPC on a unix socket until the process is told to stop, or nobody looks after it any
 * more. Resolves once it answers.
 *
 * @param isApart whether its agent has no IPC channel to it.
 */
export async function serveLocation(
  loaded: LoadedLocation,
  workingDirectory: string,
  socket: string,
  isApart: boolean,
): Promise<void> {
  const services: readonly DescService[] = [CodeService, Health, ServerReflection];
  const stop = (): void => void shutDown(server, socket);
  const server = createServer(watchForOrphaning(stop, isApart));
  const description = describeLocation(loaded, workingDirectory, manifest.version);
  server.addService(toServiceDefinition(CodeService), createCodeService(loaded.definitions, description));
  server.addService(
    toServiceDefinition(Health),
    createHealthService(services.map(({ typeName }) => typeName)),
  );
  server.addService(toServiceDefinition(ServerReflection), createReflectionService(services));
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function createServer(watch: OrphanWatch): Server {
  return new Server({
    "grpc.max_send_message_length": -1,
    // Only the agent beside it asks; a sensor may be told of much at once.
    "grpc.max_receive_message_length": -1,
    "grpc.enable_channelz": 0,
    interceptors: [
      (_method, call) => {
        watch.onCall();
        return new ServerInterceptingCall(call);
      },
    ],
  });
}

async function shutDown(server: Server, socket: string): Promise<void> {
  after(backgroundClock, SHUTDOWN_MS, () => server.forceShutdown());
  await new Promise((resolve) => server.tryShutdown(resolve));
  rmSync(socket, { force: true });
  process.exit(0);
}
