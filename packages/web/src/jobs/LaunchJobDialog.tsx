import { Loader, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { documentQuery } from "../graphql/live-query.ts";
import { mergeConfig, startValue } from "../runs/launch/json-schema.ts";
import { LaunchForm } from "../runs/launch/LaunchForm.tsx";
import { JobDocument, JobPartitionKeysDocument } from "./jobs.gen.ts";

const PAGE_SIZE = 500;
const MAX_KEYS = 20_000;

/** Asks for the partition and the run config of a job, and launches it. */
export function LaunchJobDialog(props: {
  readonly locationName: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { locationName, name } = props;
  const { data, error } = useQuery(documentQuery(JobDocument, { locationName, name }));
  const job = data?.job;
  const partitions = useQuery({
    queryKey: ["job partitions", locationName, name],
    queryFn: ({ signal }) => readPartitionKeys(locationName, name, signal),
    enabled: job?.partitioned === true,
  });
  const problem = error ?? partitions.error;
  return (
    <Modal opened onClose={props.onClose} size="lg" title={`Launch ${name}`}>
      {problem ? <Text role="alert">{problem.message}</Text> : null}
      {data && !job ? <Text role="alert">The job {name} is not there any more.</Text> : null}
      {job && (!job.partitioned || partitions.isSuccess) ? (
        <LaunchForm
          target={{
            input: { locationName, jobName: name },
            schema: job.configSchema,
            startConfig: mergeConfig(startValue(job.configSchema), job.defaultConfig),
            partitionKeys: job.partitioned ? (partitions.data ?? []) : null,
          }}
          action="Launch run"
          onDone={props.onClose}
        />
      ) : problem || (data && !job) ? null : (
        <Loader size="sm" aria-label="Loading" />
      )}
    </Modal>
  );
}

async function readPartitionKeys(locationName: string, name: string, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | null = null; keys.length < MAX_KEYS; after = keys.at(-1) ?? null) {
    const { job } = await execute(
      JobPartitionKeysDocument,
      { locationName, name, after, limit: PAGE_SIZE },
      signal,
    );
    const page: string[] = job?.partitionKeys ?? [];
    keys.push(...page);
    if (page.length < PAGE_SIZE) break;
  }
  return keys;
}
