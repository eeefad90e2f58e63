import type { RunInstance } from "millrace/internal/context/run-instance";
import type { AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AddDynamicPartitionsDocument,
  ClaimPoolSlotDocument,
  DeleteDynamicPartitionsDocument,
  FreePoolSlotDocument,
  type AddDynamicPartitionsMutationVariables,
  type TypedDocumentString,
} from "@millrace/protocol/agent-api.gen";
import type { Attempt } from "@millrace/protocol/journal/deliver-events";
import { untilAnswered } from "@millrace/protocol/journal/until-answered";
import { createApiQuestions } from "../deployment/api-questions.ts";

/** Keys that one request carries. */
const MAX_KEYS = 10_000;

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
  return {
    ...createApiQuestions(client, { runId, attempt }, never, patienceMs),
    addDynamicPartitions: (name, keys) => sendKeys(AddDynamicPartitionsDocument, name, keys),
    deleteDynamicPartitions: (name, keys) => sendKeys(DeleteDynamicPartitionsDocument, name, keys),
    async claimPoolSlot(stepKey, pool, waitMs) {
      const claim = { runId, attempt, stepKey, pool, waitMs };
      return (await untilAnswered(() => client.send(ClaimPoolSlotDocument, claim), never)).claimPoolSlot;
    },
    async freePoolSlot(stepKey) {
      await untilAnswered(() => client.send(FreePoolSlotDocument, { runId, attempt, stepKey }), never);
    },
  };
}
