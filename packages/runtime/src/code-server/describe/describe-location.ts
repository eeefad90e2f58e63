import { create, type JsonObject } from "@bufbuild/protobuf";
import {
  DescribeResponseSchema,
  type DescribeResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { toMetadata } from "millrace/internal/metadata/to-metadata";
import { describeAssets, describeChecks } from "./describe-assets.ts";
import { describeResources, describeSchedules, describeSensors } from "./describe-automation.ts";
import { describeJobs, describeOps } from "./describe-jobs.ts";

/** What is described: the definitions, and the code that they came from. */
interface DescribedLocation {
  readonly definitions: ResolvedDefinitions;
  readonly bundle: { readonly digest: string };
}

/** Definitions in one message; messages of gRPC hold 4 MB unless both sides say otherwise. */
const BATCH = 500;

/**
 * What a code location defines, as the messages that `Describe` streams; the first one has the header. Equal code gives
 * equal messages in the same order, and their bytes joined are a LocationSnapshot.
 */
export function describeLocation(
  location: DescribedLocation,
  workingDirectory: string,
  sdkVersion: string,
): DescribeResponse[] {
  const { definitions, bundle } = location;
  const header = create(DescribeResponseSchema, {
    header: {
      sourceLanguage: "typescript",
      sdkVersion,
      codeDigest: bundle.digest,
      metadata: toMetadata(definitions.definitions.metadata) as JsonObject,
    },
    schedules: describeSchedules(definitions, workingDirectory),
    sensors: describeSensors(definitions, workingDirectory),
    resources: describeResources(definitions, workingDirectory),
    ops: describeOps(definitions, workingDirectory),
  });
  return [
    header,
    ...batches(describeAssets(definitions, workingDirectory), (assets) =>
      create(DescribeResponseSchema, { assets }),
    ),
    ...batches(describeChecks(definitions, workingDirectory), (checks) =>
      create(DescribeResponseSchema, { checks }),
    ),
    ...batches(describeJobs(definitions, workingDirectory), (jobs) =>
      create(DescribeResponseSchema, { jobs }),
    ),
  ];
}

function batches<T>(items: readonly T[], message: (items: T[]) => DescribeResponse): DescribeResponse[] {
  const messages: DescribeResponse[] = [];
  for (let start = 0; start < items.length; start += BATCH)
    messages.push(message(items.slice(start, start + BATCH)));
  return messages;
}
