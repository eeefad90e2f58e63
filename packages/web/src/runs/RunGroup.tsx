import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { shortId } from "../ui/CopyableId.tsx";
import { StateDot } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { lookOfRun } from "./looks/run-look.ts";
import type { RunDetails } from "./run-details.ts";
import { describeRepetition } from "./run-words.ts";
import { RunGroupDocument } from "./runs.gen.ts";
import styles from "./RunGroup.module.css";

/** Runs of a group shown at once; more are in the list of runs. */
const LIMIT = 20;

/** The run that was repeated and all that repeat it, oldest first; nothing for a run on its own. */
export function RunGroup({ run }: { readonly run: RunDetails }) {
  const rootId = run.rootRunId ?? run.id;
  const { data } = useLiveQuery(
    RunGroupDocument,
    { rootId, tag: { key: "millrace/root_run_id", value: rootId }, limit: LIMIT },
    { topics: ["runs"] },
  );
  const repeated = data?.runs.nodes ?? [];
  if (repeated.length === 0) return null;
  const runs = [...repeated, ...(data?.run ? [data.run] : [])].toReversed();
  return (
    <nav aria-label="Runs of this group" className={styles["group"]}>
      {runs.map((one) => {
        const look = lookOfRun(one.status);
        return (
          <Link
            key={one.id}
            to="/runs/$runId"
            params={{ runId: one.id }}
            className={styles["run"] ?? ""}
            aria-current={one.id === run.id ? "page" : undefined}
            aria-label={`Run ${one.id}: ${look.label}`}
          >
            <StateDot look={look} />
            <span className="mono">{shortId(one.id)}</span>
            <span className="quiet">{describeRepetition(one)}</span>
            <Age at={one.createdAt} />
          </Link>
        );
      })}
      {data?.runs.hasMore ? (
        <Link to="/runs" search={{ tag: `millrace/root_run_id:${rootId}` }} className={styles["run"] ?? ""}>
          All of them
        </Link>
      ) : null}
    </nav>
  );
}
