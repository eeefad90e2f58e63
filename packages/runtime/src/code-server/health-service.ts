import { untilAborted } from "@millrace/model/waiting/until-aborted";
import { create } from "@bufbuild/protobuf";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
  type HealthCheckRequest,
  type HealthCheckResponse,
} from "@millrace/protocol/gen/grpc/health/v1/health_pb";
import { NoSuchDefinition } from "./grpc-errors.ts";
import { serveStream, serveUnary } from "./serve-calls.ts";

/**
 * The handlers of grpc.health.v1.Health. The server serves from its first to its last moment, so the answer never
 * changes: what can change is that there is none.
 *
 * @param services full names of the services; the empty name stands for the server as a whole.
 */
export function createHealthService(services: readonly string[]): UntypedServiceImplementation {
  const isKnown = (service: string): boolean => service === "" || services.includes(service);
  return {
    check: serveUnary<HealthCheckRequest, HealthCheckResponse>(async ({ service }) => {
      if (!isKnown(service)) {
        throw new NoSuchDefinition(`There is no service "${service}"`);
      }
      return create(HealthCheckResponseSchema, { status: ServingStatus.SERVING });
    }),
    watch: serveStream<HealthCheckRequest, HealthCheckResponse>(async ({ service }, send, signal) => {
      const state = isKnown(service) ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN;
      await send(create(HealthCheckResponseSchema, { status: state }));
      await untilAborted(signal).promise.catch(() => {});
    }),
  };
}
