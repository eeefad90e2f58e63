import type { AssetState } from "@millrace/model/data-versions/asset-state";
import type { RunInstance } from "millrace/internal/context/run-instance";
import { AgentApiUnreachable, type AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AddDynamicPartitionsDocument,
  AssetStatesDocument,
  DeleteDynamicPartitionsDocument,
  DynamicPartitionsDocument,
  type AddDynamicPartitionsMutationVariables,
  type DynamicPartitionsQuery,
  type TypedDocumentString,
} from "@millrace/protocol/agent-api.gen";
import type { Attempt } from "@millrace/protocol/journal/deliver-events";
import { untilAnswered } from "@millrace/protocol/journal/until-answered";

/** Keys that one request carries. */
const MAX_KEYS = 10_000;

type KeyPage = DynamicPartitionsQuery["dynamicPartitions"];

/**
 * The deployment as an attempt of a run asks it: over the agent API, with the run's token. Runs in the process that asks.
 * While the control plane can't be reached, questions wait.
 *
 * @param patienceMs How long the question for upstream assets waits: the run can do without.
 */
export function createApiRunInstance(
  client: AgentApiClient,
  { runId, attempt }: Attempt,
  patienceMs = 5_000,
): RunInstance {
  const never = new AbortController().signal;
  const sendKeys = async <Result>(
    document: TypedDocumentString<Result, AddDynamicPartitionsMutationVariables>,
    name: string,
    keys: readonly string[],
  ): Promise<void> => {
    for (let first = 0; first < keys.length; first += MAX_KEYS) {
      const some = keys.slice(first, first + MAX_KEYS);
      await untilAnswered(() => client.send(document, { runId, attempt, name, keys: some }), never);
    }
  };
  const nextKeys = async (name: string, after: string | null): Promise<KeyPage> => {
    const variables = { runId, attempt, name, after };
    const answer = await untilAnswered(() => client.send(DynamicPartitionsDocument, variables), never);
    return answer.dynamicPartitions;
  };
  return {
    async listDynamicPartitions(name) {
      const keys: string[] = [];
      let after: string | null = null;
      do {
        const page = await nextKeys(name, after);
        keys.push(...page.keys);
        after = page.cursor;
      } while (after !== null);
      return keys;
    },
    addDynamicPartitions: (name, keys) => sendKeys(AddDynamicPartitionsDocument, name, keys),
    deleteDynamicPartitions: (name, keys) => sendKeys(DeleteDynamicPartitionsDocument, name, keys),
    async findAssetStates(places) {
      const signal = AbortSignal.timeout(patienceMs);
      const variables = { runId, attempt, places: [...places] };
      try {
        const send = () => client.send(AssetStatesDocument, variables, { signal });
        // The control plane has checked them when they were stored.
        return (await untilAnswered(send, signal)).assetStates as readonly AssetState[];
      } catch (cause) {
        if (!signal.aborted) throw cause;
        const message = `The control plane did not say within ${patienceMs / 1000} s what it knows of upstream assets`;
        throw new AgentApiUnreachable(message, { cause });
      }
    },
  };
}
