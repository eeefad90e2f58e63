import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import type { AssetState, AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import type { SeenRun } from "@millrace/model/seen-run";
import type { DeploymentQuestions, TickQuestions } from "millrace/internal/context/deployment-questions";
import { AgentApiUnreachable, type AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AssetHistoryDocument,
  AssetPartitionsDocument,
  AssetStatesDocument,
  DynamicPartitionsDocument,
  LaunchedRunKeysDocument,
  RunsDocument,
} from "@millrace/protocol/agent-api.gen";
import { untilAnswered } from "@millrace/protocol/journal/until-answered";

/** Run keys that one request carries. */
const MAX_KEYS = 10_000;

/** Whose questions they are, where a run asks. */
interface Asker {
  readonly runId: string;
  readonly attempt: number;
}

/**
 * The questions to a deployment over the agent API, with the token of a run or a tick. While the control plane can't be reached,
 * they wait.
 *
 * @param asker null: the token says it all.
 * @param signal ends the waiting.
 * @param patienceMs How long the question for the states of assets waits: a run can do without.
 */
export function createApiQuestions(
  client: AgentApiClient,
  asker: Asker | null,
  signal: AbortSignal,
  patienceMs: number,
): DeploymentQuestions {
  return {
    listDynamicPartitions: (name) =>
      collectPages(async (after) => {
        const variables = { ...asker, name, after };
        const answer = await untilAnswered(() => client.send(DynamicPartitionsDocument, variables), signal);
        return answer.dynamicPartitions;
      }),
    async findAssetStates(places) {
      const impatient = new AbortController();
      using _ = after(backgroundClock, patienceMs, () => impatient.abort());
      const patience = AbortSignal.any([signal, impatient.signal]);
      const variables = { ...asker, places: [...places] };
      try {
        const send = () => client.send(AssetStatesDocument, variables, { signal: patience });
        // The control plane has checked them when they were stored.
        return (await untilAnswered(send, patience)).assetStates as readonly AssetState[];
      } catch (cause) {
        signal.throwIfAborted();
        if (!patience.aborted) throw cause;
        const message = `The control plane did not say within ${patienceMs / 1000} s what it knows of upstream assets`;
        throw new AgentApiUnreachable(message, { cause });
      }
    },
    async listAssetHistory(question) {
      const { assetHistory } = await untilAnswered(
        () => client.send(AssetHistoryDocument, { filter: question }),
        signal,
      );
      return assetHistory as readonly AssetStateEvent[];
    },
    listAssetPartitions: (assetKey, state) =>
      collectPages(async (after) => {
        const variables = { assetKey, state, after };
        const answer = await untilAnswered(() => client.send(AssetPartitionsDocument, variables), signal);
        return answer.assetPartitions;
      }),
    async listRuns({ tags, statuses, ...question }) {
      const filter = {
        ...question,
        statuses: statuses && [...statuses],
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      };
      const { runs } = await untilAnswered(() => client.send(RunsDocument, { filter }), signal);
      return runs as readonly SeenRun[];
    },
  };
}

/** The questions of a tick. */
export function createApiTickQuestions(
  client: AgentApiClient,
  signal: AbortSignal,
  patienceMs: number,
): TickQuestions {
  return {
    ...createApiQuestions(client, null, signal, patienceMs),
    async findLaunchedRunKeys(keys) {
      const known: string[] = [];
      for (let first = 0; first < keys.length; first += MAX_KEYS) {
        const variables = { keys: keys.slice(first, first + MAX_KEYS) };
        const answer = await untilAnswered(() => client.send(LaunchedRunKeysDocument, variables), signal);
        known.push(...answer.launchedRunKeys);
      }
      return known;
    },
  };
}

interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: string | null;
}

async function collectPages(read: (after: string | null) => Promise<KeyPage>): Promise<string[]> {
  const keys: string[] = [];
  let after: string | null = null;
  do {
    const page: KeyPage = await read(after);
    keys.push(...page.keys);
    after = page.cursor ?? null;
  } while (after !== null);
  return keys;
}
