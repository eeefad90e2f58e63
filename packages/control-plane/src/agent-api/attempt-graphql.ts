import { isRefusedByDatabase } from "../database/refused-by-database.ts";
import type { WorkerEndCause } from "@millrace/model/runs/worker-end";
import { MAX_SECONDS } from "@millrace/model/seconds";
import { isWorkerStream, LOG_STREAMS, WORKER_STREAMS } from "@millrace/model/worker-streams";
import { noteLogChunk, putLogChunk } from "../logs/log-store.ts";
import { appendWorkerEvents } from "../runs/attempts/append-worker-events.ts";
import { heartbeatAttempt, startAttempt } from "../runs/attempts/attempt-store.ts";
import type { Directive } from "../runs/fold/directive.ts";
import { BadRequest } from "../api/bad-request.ts";
import { reportWorkerExit } from "../runs/attempts/report-worker-exit.ts";
import { builder, readUuid } from "./agent-api-builder.ts";

const DirectiveType = builder.enumType("Directive", {
  description: "What a worker must do, told with every answer to it.",
  values: {
    CONTINUE: { description: "Go on." },
    CANCEL: { description: "Interrupt the user's code and end as canceled." },
    SUPERSEDED: {
      description: "Another attempt, or a final status, has taken over: stop; nothing you send is kept.",
    },
  } satisfies Record<Directive, object>,
});

const AppendResultType = builder
  .objectRef<{ readonly nextSequence: number; readonly directive: Directive }>("AppendResult")
  .implement({
    fields: (t) => ({
      nextSequence: t.exposeInt("nextSequence"),
      directive: t.expose("directive", { type: DirectiveType }),
    }),
  });

const AppendLogResultType = builder
  .objectRef<{ readonly nextOffset: number; readonly directive: Directive }>("AppendLogResult")
  .implement({
    fields: (t) => ({
      nextOffset: t.exposeFloat("nextOffset"),
      directive: t.expose("directive", { type: DirectiveType }),
    }),
  });

const StartAttemptInput = builder.inputType("StartAttemptInput", {
  fields: (t) => ({
    runId: t.id(),
    attempt: t.int(),
    workerId: t.id({ description: "Random, made by the worker itself; told with all that it says." }),
    place: t.string({ description: "Where it runs, for people, such as `4711@host`." }),
    agentId: t.id({ required: false, description: "The agent that launched it." }),
    codeDigest: t.string({ required: false }),
    insteadOf: t.id({
      required: false,
      description:
        "The worker for which the launch began the attempt (see `WorkerOffer`), and which never had it.",
    }),
  }),
});

const WorkerEndCauseType = builder.enumType("WorkerEndCause", {
  description: "How a worker ended, as far as its launcher can tell.",
  values: {
    EXITED: { value: "exited", description: "By itself." },
    SIGNALED: { value: "signaled", description: "By a signal from outside." },
    OUT_OF_MEMORY: { value: "out_of_memory" },
    EVICTED: { value: "evicted", description: "Its machine was needed for something else, or is gone." },
    LOST: { value: "lost", description: "It is gone, and nobody saw how." },
    NEVER_STARTED: { value: "never_started", description: "It never came to its run." },
  } as const satisfies Record<Uppercase<WorkerEndCause>, object>,
});

const WorkerExitInput = builder.inputType("WorkerExitInput", {
  fields: (t) => ({
    agentId: t.id(),
    runId: t.id(),
    attempt: t.int(),
    workerId: t.id({
      required: false,
      description: "The id it told with `startAttempt`, where that is known.",
    }),
    how: t.field({ type: WorkerEndCauseType }),
    exitCode: t.int({ required: false, description: "Of one that exited, where it is known." }),
    detail: t.string({
      required: false,
      description:
        "What else is known: the signal, the limit that was passed, why it was evicted or not started.",
    }),
    lastOutput: t.string({
      required: false,
      description: "The last lines of its standard error, at most 4 KB.",
    }),
  }),
});

function refusedEvents(firstSequence: number, events: readonly unknown[], cause: Error): BadRequest {
  const last = firstSequence + events.length - 1;
  const which =
    events.length === 1 ? `event ${firstSequence}` : `one of the events ${firstSequence} to ${last}`;
  return new BadRequest(`The database can't store ${which}: ${cause.message}`, { cause });
}

builder.mutationFields((t) => ({
  reportWorkerExit: t.field({
    access: "agent",
    type: DirectiveType,
    description: "A run's worker has ended. Its undelivered events were delivered before.",
    args: { input: t.arg({ type: WorkerExitInput }) },
    resolve: (_root, { input }, context) => {
      return reportWorkerExit(context.db, {
        deploymentId: context.caller.deploymentId,
        agentId: input.agentId,
        runId: readUuid("runId", input.runId),
        attempt: input.attempt,
        workerId: input.workerId ?? null,
        end: {
          how: input.how,
          exitCode: input.exitCode ?? null,
          detail: input.detail?.slice(0, MAX_OUTPUT) ?? null,
          lastOutput: input.lastOutput?.slice(-MAX_OUTPUT) ?? null,
        },
      });
    },
  }),
  startAttempt: t.field({
    access: "run",
    type: DirectiveType,
    description: "With a run token: the worker is about to run user code. SUPERSEDED: it must not.",
    args: { input: t.arg({ type: StartAttemptInput }) },
    resolve: (_root, { input }, context) => {
      const { workerId, place, agentId = null, codeDigest = null, insteadOf = null } = input;
      if (workerId === "" || place === "") throw new BadRequest("`workerId` and `place` must not be empty");
      return startAttempt(context.db, {
        runId: input.runId,
        attempt: input.attempt,
        workerId,
        place,
        agentId,
        codeDigest,
        insteadOf,
      });
    },
  }),
  appendEvents: t.field({
    access: "run",
    type: AppendResultType,
    description:
      "With a run token: events `firstSequence`, `firstSequence + 1`, …; what is stored already is passed over.\n" +
      "A gap is refused with code `events_out_of_order` and the expected sequence in `extensions.expected`.",
    args: {
      runId: t.arg.id(),
      attempt: t.arg.int(),
      workerId: t.arg.id({ required: false }),
      firstSequence: t.arg.int(),
      events: t.arg({ type: ["JSON"] }),
    },
    resolve: (_root, { runId, attempt, workerId, firstSequence, events }, context) => {
      if (firstSequence < 0) throw new BadRequest("`firstSequence` must be 0 or more");
      const batch = { runId, attempt, workerId: workerId ?? null, firstSequence, events };
      return appendWorkerEvents(context.db, batch).catch((cause: unknown) => {
        // The database would refuse the batch again. Told so, the courier finds the event and sends a word about it instead.
        throw isRefusedByDatabase(cause) ? refusedEvents(firstSequence, events, cause) : cause;
      });
    },
  }),
  putLogChunk: t.field({
    access: "run",
    type: AppendLogResultType,
    description:
      "With a run token: bytes of stdout, stderr or marks (which say what of the other two came from which step) from `offset` on; what is stored already is passed over, a gap is refused with code `log_out_of_order`.",
    args: {
      runId: t.arg.id(),
      attempt: t.arg.int(),
      workerId: t.arg.id({ required: false }),
      stream: t.arg.string(),
      offset: t.arg.float({ description: "A whole number: output may be longer than an Int can say." }),
      bytes: t.arg({ type: "Base64" }),
    },
    resolve: (_root, { runId, attempt, workerId, stream, offset, bytes }, context) => {
      if (!isWorkerStream(stream)) throw new BadRequest(`\`stream\` must be ${WORKER_STREAMS.join(", ")}`);
      if (!Number.isSafeInteger(offset) || offset < 0)
        throw new BadRequest("`offset` must be a whole number, 0 or more");
      return putLogChunk(context, { runId, attempt, workerId: workerId ?? null, stream, offset, bytes });
    },
  }),
  noteLogChunk: t.field({
    access: "run",
    type: AppendLogResultType,
    description:
      "With a run token: bytes of stdout or stderr from `offset` on are in `place`, to which the control plane has no way; what is known already is passed over. Without a length: how far the stream is known.",
    args: {
      runId: t.arg.id(),
      attempt: t.arg.int(),
      workerId: t.arg.id({ required: false }),
      stream: t.arg.string(),
      offset: t.arg.float(),
      length: t.arg.int(),
      lineCount: t.arg.int(),
      place: t.arg.string({ description: "Where the attempt's output is, such as `s3://BUCKET/PREFIX`." }),
      link: t.arg.string({ required: false, description: "Where people see it." }),
    },
    resolve: (_root, { workerId, stream: name, link, ...chunk }, context) => {
      const stream = LOG_STREAMS.find((known) => known === name);
      if (stream === undefined) throw new BadRequest(`\`stream\` must be ${LOG_STREAMS.join(" or ")}`);
      if (!Number.isSafeInteger(chunk.offset) || chunk.offset < 0)
        throw new BadRequest("`offset` must be a whole number, 0 or more");
      if (chunk.length < 0 || chunk.lineCount < 0 || chunk.lineCount > chunk.length)
        throw new BadRequest("`length` must be 0 or more, and `lineCount` no more than it");
      if (link != null && !/^https?:\/\//.test(link))
        throw new BadRequest("`link` must begin with http:// or https://");
      return noteLogChunk(context.db, { ...chunk, workerId: workerId ?? null, stream, link: link ?? null });
    },
  }),
  attemptHeartbeat: t.field({
    access: "run",
    type: DirectiveType,
    description: "With a run token: the worker lives. Every `workerHeartbeatSeconds`.",
    args: {
      runId: t.arg.id(),
      attempt: t.arg.int(),
      workerId: t.arg.id({ required: false }),
      blockedSeconds: t.arg.int({
        required: false,
        description:
          "How long its main thread, which runs the author's code, has been blocked; null: it is not.",
      }),
      heldBy: t.arg.string({
        required: false,
        description: "Why it can't write down what happens in the run, such as a full disk; null: it can.",
      }),
    },
    resolve: (_root, { runId, attempt, workerId, blockedSeconds, heldBy }, context) => {
      const blocked = blockedSeconds ?? null;
      if (blocked !== null && (blocked < 0 || blocked > MAX_SECONDS))
        throw new BadRequest(`\`blockedSeconds\` must be from 0 to ${MAX_SECONDS}`);
      return heartbeatAttempt(context.db, runId, attempt, workerId ?? null, {
        blockedSeconds: blocked,
        heldBy: heldBy?.slice(0, MAX_OUTPUT) ?? null,
      });
    },
  }),
}));

/** Characters kept of a dead worker's last words. */
const MAX_OUTPUT = 4_096;
