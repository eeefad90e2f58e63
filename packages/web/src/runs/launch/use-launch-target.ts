import type { JsonSchema } from "@millrace/model/config/json-schema";
import type { DynamicKeys, PartitionsDefinition } from "@millrace/model/partitions/definition";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { execute } from "../../graphql/client.ts";
import { documentQuery } from "../../graphql/live-query.ts";
import {
  AddDynamicPartitionsDocument,
  DynamicPartitionsDocument,
  type DynamicPartitionsQuery,
  LaunchDescriptionDocument,
  type LaunchRunInput,
} from "../runs.gen.ts";
import { listUsedDynamicNames } from "./partition-choice.ts";

/** What is launched: a job, or assets without one. */
export type LaunchSubject = Pick<LaunchRunInput, "locationName" | "jobName" | "assetSelection">;

/** What has to be decided before a launch. */
export interface LaunchTarget {
  readonly input: LaunchSubject;
  /** JSON Schema of the run config, of what would run only. */
  readonly schema: JsonSchema;
  readonly defaultConfig: unknown;
  readonly partitions: readonly PartitionsDefinition[];
  readonly dynamicKeys: DynamicKeys;
  /** Adds a key to dynamic partitions. @throws Error that says why it can't be one. */
  readonly addKey: (dynamicName: string, key: string) => Promise<void>;
}

/** A target, or why there is none; both null while it is asked for. */
export interface LaunchTargetAnswer {
  readonly target: LaunchTarget | null;
  readonly problem: string | null;
}

const NO_KEYS: DynamicKeys = {};

/** Asks what launching something takes. */
export function useLaunchTarget(subject: LaunchSubject): LaunchTargetAnswer {
  const client = useQueryClient();
  const { locationName = null, jobName = null, assetSelection = null } = subject;
  const described = useQuery(
    documentQuery(LaunchDescriptionDocument, { locationName, jobName, assetSelection }),
  );
  const description = described.data?.launchDescription;
  const found = description?.__typename === "LaunchDescription" ? description : null;
  const partitions = (found?.partitions ?? []) as readonly PartitionsDefinition[];
  const names = listUsedDynamicNames(partitions);
  const dynamic = useQuery({
    queryKey: ["dynamic keys", names],
    queryFn: ({ signal }) => readDynamicKeys(names, signal),
    enabled: names.length > 0,
  });
  const error = described.error ?? dynamic.error;
  if (error) return { target: null, problem: error.message };
  if (description?.__typename === "UnknownDefinition") return { target: null, problem: description.message };
  if (found === null || (names.length > 0 && !dynamic.data)) return { target: null, problem: null };
  return {
    problem: null,
    target: {
      input: { jobName, assetSelection, locationName: found.locationName },
      schema: found.configSchema as JsonSchema,
      defaultConfig: found.defaultConfig,
      partitions,
      dynamicKeys: dynamic.data ?? NO_KEYS,
      async addKey(name, key) {
        const { addDynamicPartitions: result } = await execute(AddDynamicPartitionsDocument, {
          name,
          keys: [key],
        });
        if (result.__typename === "InvalidInput") throw new Error(result.message);
        await client.invalidateQueries({ queryKey: ["dynamic keys", names] });
      },
    },
  };
}

async function readDynamicKeys(names: readonly string[], signal: AbortSignal): Promise<DynamicKeys> {
  const entries = names.map(async (name): Promise<[string, string[]]> => {
    const keys: string[] = [];
    let after: string | null = null;
    do {
      const answer: DynamicPartitionsQuery = await execute(
        DynamicPartitionsDocument,
        { name, after },
        signal,
      );
      keys.push(...answer.dynamicPartitions.nodes.map(({ key }) => key));
      after = answer.dynamicPartitions.cursor;
    } while (after !== null);
    return [name, keys];
  });
  return Object.fromEntries(await Promise.all(entries));
}
