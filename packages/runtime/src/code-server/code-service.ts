import { create } from "@bufbuild/protobuf";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { AssetKey } from "@millrace/model/asset-key";
import { partitionKeys } from "@millrace/model/partitions/partition-keys";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import {
  ListPartitionsResponseSchema,
  type DescribeRequest,
  type DescribeResponse,
  type ListPartitionsRequest,
  type ListPartitionsResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { findJobPartitions } from "millrace/internal/jobs/job-partitions";
import { InvalidRequest, noSuch } from "./grpc-errors.ts";
import { serveStream } from "./serve-calls.ts";
import { serveEvaluations } from "./serve-evaluations.ts";
import { createTickHandlers } from "./tick-handlers.ts";

/** Partition keys in one message. */
const KEYS_IN_MESSAGE = 5_000;

/**
 * The handlers of millrace.code.v1.CodeService.
 *
 * @param description what the definitions are described as; the same for every caller.
 */
export function createCodeService(
  definitions: ResolvedDefinitions,
  description: readonly DescribeResponse[],
): UntypedServiceImplementation {
  const { evaluateSchedule, evaluateSensor } = createTickHandlers(definitions);
  return {
    describe: serveStream<DescribeRequest, DescribeResponse>(async (_request, send) => {
      for (const message of description) await send(message);
    }),
    evaluateSchedule: serveStream(evaluateSchedule),
    evaluateSensor: serveStream(evaluateSensor),
    evaluateMany: serveEvaluations(async ({ of }, send, signal) => {
      if (of.case === "schedule") return evaluateSchedule(of.value, send, signal);
      if (of.case === "sensor") return evaluateSensor(of.value, send, signal);
      throw new InvalidRequest("`schedule` or `sensor` must be set");
    }),
    listPartitions: serveStream<ListPartitionsRequest, ListPartitionsResponse>(async (request, send) => {
      let keys: string[] = [];
      for (const key of partitionKeys(findPartitions(definitions, request), Date.now())) {
        if (keys.push(key) < KEYS_IN_MESSAGE) continue;
        await send(create(ListPartitionsResponseSchema, { keys }));
        keys = [];
      }
      await send(create(ListPartitionsResponseSchema, { keys }));
    }),
  };
}

function findPartitions(
  definitions: ResolvedDefinitions,
  { of }: ListPartitionsRequest,
): PartitionsDefinition {
  switch (of.case) {
    case "assetKey": {
      const asset = definitions.assets.get(of.value as AssetKey);
      if (!asset) throw noSuch("asset", of.value, definitions.assets);
      return partitionsOr(asset.partitions, `Asset "${of.value}"`);
    }
    case "jobName": {
      const job = definitions.jobs.get(of.value);
      if (!job) throw noSuch("job", of.value, definitions.jobs);
      return partitionsOr(findJobPartitions(definitions, job), `Job "${of.value}"`);
    }
    default:
      throw new InvalidRequest("`asset_key` or `job_name` must be set");
  }
}

function partitionsOr(
  partitions: PartitionsDefinition | null | undefined,
  what: string,
): PartitionsDefinition {
  if (!partitions) throw new InvalidRequest(`${what} has no partitions`);
  if (partitions.type === "dynamic")
    throw new InvalidRequest(`${what} has dynamic partitions: the control plane keeps their keys`);
  return partitions;
}
