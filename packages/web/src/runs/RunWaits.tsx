import { Anchor } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { isFinished } from "@millrace/model/run-status";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { useLiveQuery } from "../graphql/live-query.ts";
import { shortId } from "../ui/CopyableId.tsx";
import type { RunDetails } from "./run-details.ts";
import { RunWaitsDocument, type RunWaitsQuery } from "./runs.gen.ts";
import styles from "./RunWaits.module.css";

/** Agents come and go, and slots change hands, without a word to whoever watches runs. */
const POLL_MS = 5_000;
/** Runs that are named as those that are waited for. */
const MAX_NAMED = 5;

type Wait = NonNullable<RunWaitsQuery["run"]>["waits"][number];

/** Says what holds a run in the queue, or what it or its steps wait for; nothing when nothing does. */
export function RunWaits({ run }: { readonly run: RunDetails }) {
  return isFinished(run.status) ? null : (
    <Waits id={run.id} topic={run.status === "QUEUED" ? "runs" : `run:${run.id}`} />
  );
}

function Waits({ id, topic }: { readonly id: string; readonly topic: "runs" | `run:${string}` }) {
  const { data } = useLiveQuery(RunWaitsDocument, { id }, { topics: [topic], pollMs: POLL_MS });
  const waits = data?.run?.waits ?? [];
  if (waits.length === 0) return null;
  return (
    <section role="status" aria-label="What the run waits for" className={styles["panel"]}>
      <IconHourglass size={17} aria-hidden />
      <div>
        {waits.map((wait) => (
          <div key={wait.message}>
            {wait.message}. <Holders holders={wait.holders} />
          </div>
        ))}
      </div>
    </section>
  );
}

function Holders({ holders }: { readonly holders: Wait["holders"] }) {
  if (holders.length === 0) return null;
  const others = holders.length - MAX_NAMED;
  return (
    <span className="quiet">
      Held by{" "}
      {holders.slice(0, MAX_NAMED).map((holder, index) => (
        <span key={holder.id}>
          {index === 0 ? "" : ", "}
          <Anchor
            fz="inherit"
            aria-label={`Run ${holder.id}`}
            renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: holder.id }} {...props} />}
          >
            {describeTarget(holder)} <span className="mono">{shortId(holder.id)}</span>
          </Anchor>
        </span>
      ))}
      {others > 0 ? ` and ${others} others` : ""}
    </span>
  );
}
