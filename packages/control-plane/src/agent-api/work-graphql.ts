import { agentQueue } from "@millrace/model/runs/work-item";
import { completeWork, failWork, retryWork, type HeldItem } from "../work/settle-work.ts";
import { completeWorks } from "../work/complete-works.ts";
import { waitForWork } from "../work/wait-for-work.ts";
import type { ClaimedWork } from "../claims/claim.ts";
import { extendLeases, WORK_LEASE_MS } from "../work/work-store.ts";
import { BadRequest } from "../api/bad-request.ts";
import type { AgentApiContext } from "./agent-api-context.ts";
import { builder, readUuid, readWaitMs } from "./agent-api-builder.ts";
import { requireAgent, requireOwnQueues } from "./agent-api-context.ts";

const MAX_CLAIM = 100;
const MAX_TICKS = 500;
/** Workers that one request may offer; the others are passed over. */
const MAX_OFFERS = 100;
/** Results that one request may bring. */
const MAX_RESULTS = 500;

const WorkItemType = builder.objectRef<ClaimedWork>("WorkItem").implement({
  fields: (t) => ({
    id: t.exposeID("id"),
    kind: t.exposeString("kind"),
    payload: t.expose("payload", { type: "JSON", description: "See @millrace/model/work-item." }),
    deliveries: t.exposeInt("deliveries", {
      description: "How often it has been delivered, this time included.",
    }),
    isStarted: t.boolean({
      description:
        "Of a launch: its attempt has begun for the offered worker that the payload names as `startedFor`, which need not ask with `startAttempt`. Not of one that is delivered again.",
      resolve: ({ isStarted = false }) => isStarted,
    }),
    leaseMs: t.int({
      description: "Milliseconds until the lease ends unless it is extended.",
      resolve: () => WORK_LEASE_MS,
    }),
  }),
});

const WorkerOfferInput = builder.inputType("WorkerOffer", {
  description:
    "A worker that stands by: the next launch of its version may begin its attempt for it at once.",
  fields: (t) => ({
    locationName: t.string(),
    revision: t.int(),
    codeDigest: t.string(),
    workerId: t.id({ description: "Random, made by the worker itself; it is to have one run at most." }),
    place: t.string({ description: "Where it runs, for people, such as `4711@host`." }),
  }),
});

const WorkResultInput = builder.inputType("WorkResult", {
  fields: (t) => ({
    itemId: t.id(),
    result: t.field({ type: "JSON", required: false }),
  }),
});

builder.mutationFields((t) => ({
  claimWork: t.field({
    access: "agent",
    type: [WorkItemType],
    description:
      "Takes up to `max` items, or `maxTicks` where all are ticks; returns at once when there is work, else holds the request up to `waitMs`, or until the agent asks again.",
    args: {
      agentId: t.arg.id(),
      queues: t.arg.stringList(),
      max: t.arg.int(),
      maxTicks: t.arg.int({ required: false, description: "Default: `max`." }),
      offers: t.arg({ type: [WorkerOfferInput], required: false, description: "Default: none." }),
      waitMs: t.arg.int(),
    },
    resolve: (_root, { agentId, queues, max, maxTicks, offers, waitMs }, context) => {
      if (max < 1) throw new BadRequest("`max` must be 1 or more");
      if (offers?.some(({ workerId, place }) => workerId === "" || place === ""))
        throw new BadRequest("`workerId` and `place` of `offers` must not be empty");
      const caller = requireAgent(context);
      requireOwnQueues(caller, queues, agentId);
      const { deploymentId, tokenId } = caller;
      const limits = {
        max: Math.min(max, MAX_CLAIM),
        maxTicks: Math.min(maxTicks ?? max, MAX_TICKS),
      };
      const input = {
        deploymentId,
        tokenId,
        agentId,
        queues: caller.drainedAgentIds.includes(agentId) ? [agentQueue(agentId)] : queues,
        offers: offers?.slice(0, MAX_OFFERS) ?? [],
        ...limits,
      };
      return waitForWork(context, input, {
        waitMs: readWaitMs(waitMs),
        signal: context.signal,
      });
    },
  }),
  extendLeases: t.idList({
    access: "agent",
    description: "More time for items that this agent holds. Returns the ids it still holds.",
    args: { agentId: t.arg.id(), itemIds: t.arg.idList() },
    resolve: (_root, { agentId, itemIds }, context) =>
      extendLeases(
        context.db,
        context.caller.deploymentId,
        agentId,
        itemIds.map((id) => readUuid("itemIds", id)),
      ),
  }),
  completeWork: t.boolean({
    access: "agent",
    description: "The item's effect is there. False: the lease was lost; another delivery decides.",
    args: { agentId: t.arg.id(), itemId: t.arg.id(), result: t.arg({ type: "JSON", required: false }) },
    resolve: (_root, { agentId, itemId, result }, context) =>
      completeWork(context.db, context.workEffects, readHeld(context, agentId, itemId), result),
  }),
  completeWorks: t.idList({
    access: "agent",
    description:
      "Many results at once, best of one kind of work. Returns the ids of those that need not be told again; of the others the lease was lost.",
    args: { agentId: t.arg.id(), results: t.arg({ type: [WorkResultInput] }) },
    resolve: (_root, { agentId, results }, context) => {
      if (results.length > MAX_RESULTS)
        throw new BadRequest(`\`results\` must be ${MAX_RESULTS} or fewer, not ${results.length}`);
      const { deploymentId } = context.caller;
      const read = results.map(({ itemId, result }) => ({ id: readUuid("results", itemId), result }));
      return completeWorks(context.db, context.workEffects, { deploymentId, agentId }, read);
    },
  }),
  failWork: t.boolean({
    access: "agent",
    description: "The item could not be done. Transient ones come back with a delay until their deadline.",
    args: {
      agentId: t.arg.id(),
      itemId: t.arg.id(),
      transient: t.arg.boolean(),
      error: t.arg({ type: "JSON" }),
    },
    resolve: (_root, { agentId, itemId, transient, error }, context) => {
      const held = readHeld(context, agentId, itemId);
      if (transient) return retryWork(context.db, context.workEffects, held, error);
      return failWork(context.db, context.workEffects, held, { message: readErrorMessage(error), error });
    },
  }),
}));

function readHeld({ caller }: AgentApiContext, agentId: string, itemId: string): HeldItem {
  return { deploymentId: caller.deploymentId, agentId, id: readUuid("itemId", itemId) };
}

function readErrorMessage(error: unknown): string {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return typeof message === "string" && message !== ""
    ? message
    : "The agent could not do it and did not say why";
}
