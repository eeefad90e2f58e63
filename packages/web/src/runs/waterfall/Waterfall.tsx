import { formatDuration } from "@millrace/model/time/format-duration";
import { isFinished, type RunStatus } from "@millrace/model/run-status";
import { useRef } from "react";
import { useNow } from "../../ui/now.ts";
import { formatExact, formatMoment } from "../../ui/time-format.ts";
import { StateDot } from "../../ui/StateTag.tsx";
import { lookOfStep } from "../looks/step-look.ts";
import { useVirtualRows } from "../../ui/virtual-rows.ts";
import type { RunQuery } from "../runs.gen.ts";
import { layoutWaterfall, type WaterfallRow } from "./waterfall-layout.ts";
import styles from "./Waterfall.module.css";

const ROW_HEIGHT = 26;
/** Half a row says that there are more. */
const VISIBLE_ROWS = 10.5;

type Step = NonNullable<RunQuery["run"]>["steps"][number];

/** The steps of a run over time; pressing one filters the log to it, pressing it again shows all. */
export function Waterfall(props: {
  readonly steps: readonly Step[];
  readonly run: {
    readonly status: RunStatus;
    readonly createdAt: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
  };
  readonly selected: string | null;
  readonly onSelect: (step: string | null) => void;
}) {
  const { run } = props;
  const finished = isFinished(run.status);
  const now = useNow(finished ? 3_600_000 : 250);
  const from = Date.parse(run.startedAt ?? run.createdAt);
  const to = finished && run.endedAt ? Date.parse(run.endedAt) : now.getTime();
  const { rows, axis } = layoutWaterfall(props.steps.map(toWaterfallStep), from, to);
  const assetsOf = new Map(props.steps.map(({ key, assetKeys }) => [key, assetKeys]));
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualRows(scroller, rows.length, ROW_HEIGHT);
  return (
    <section aria-label="Steps" className={styles["waterfall"]}>
      <div className={styles["axis"]} aria-hidden>
        <span className={styles["name"]}>{countStates(props.steps)}</span>
        <div className={styles["track"]}>
          {axis.ticks.map((tick) => (
            <span
              key={tick.atMs}
              className={styles["tick"]}
              style={{ left: `${tick.left * 100}%` }}
              data-late={tick.left > 0.93 || undefined}
            >
              {tick.atMs === 0 ? "0" : formatDuration(tick.atMs)}
            </span>
          ))}
        </div>
      </div>
      <div
        ref={scroller}
        className={styles["rows"]}
        style={{ height: Math.min(rows.length, VISIBLE_ROWS) * ROW_HEIGHT + 2 }}
      >
        <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <StepRow
                key={row.key}
                row={row}
                assetKeys={assetsOf.get(row.key) ?? []}
                now={now}
                top={item.start}
                selected={props.selected === row.key}
                dimmed={props.selected !== null && props.selected !== row.key}
                onSelect={() => props.onSelect(props.selected === row.key ? null : row.key)}
              />
            );
          })}
        </div>
      </div>
    </section>
  );
}

function StepRow(props: {
  readonly row: WaterfallRow;
  /** Of a part of a step; none for a whole one. */
  readonly assetKeys: readonly string[];
  readonly top: number;
  readonly now: Date;
  readonly selected: boolean;
  readonly dimmed: boolean;
  readonly onSelect: () => void;
}) {
  const { row, assetKeys } = props;
  const makes = assetKeys.length === 0 ? row.key : `${row.key} makes ${assetKeys.join(", ")}`;
  const look = lookOfStep(row.state);
  const duration = describeDuration(row, look.label);
  const late = row.bar !== null && row.bar.left + row.bar.width > 0.8;
  // There is no room before or after a bar that is almost as long as the track.
  const inside = late && row.bar !== null && row.bar.left < 0.12;
  return (
    <button
      type="button"
      className={styles["row"]}
      style={{ top: props.top, height: ROW_HEIGHT }}
      aria-pressed={props.selected}
      aria-label={`Step ${makes}: ${look.label}${row.durationMs === null ? "" : `, ${duration}`}`}
      data-dimmed={props.dimmed || undefined}
      onClick={props.onSelect}
    >
      <span className={styles["name"]} title={makes}>
        <StateDot look={look} />
        <span className={styles["key"]}>{row.key}</span>
      </span>
      <span className={styles["track"]}>
        {row.bar ? (
          <span
            className={styles["bar"]}
            data-tone={look.tone}
            data-active={look.active || undefined}
            style={{ left: `${row.bar.left * 100}%`, width: `max(3px, ${row.bar.width * 100}%)` }}
          />
        ) : null}
        <span
          className={styles["duration"]}
          style={
            late && row.bar
              ? { right: `${(1 - row.bar.left - (inside ? row.bar.width : 0)) * 100}%` }
              : { left: row.bar ? `${(row.bar.left + row.bar.width) * 100}%` : 0 }
          }
          data-inside={inside || undefined}
        >
          {row.waitingUntil === null
            ? duration
            : `until ${formatMoment(new Date(row.waitingUntil), props.now)}`}
        </span>
      </span>
    </button>
  );
}

/** How long the step took so far; of one that waits, until when. */
function describeDuration({ durationMs, waitingUntil }: WaterfallRow, state: string): string {
  if (waitingUntil !== null) return `waits until ${formatExact(new Date(waitingUntil))}`;
  return durationMs === null ? state : formatDuration(durationMs);
}

function toWaterfallStep(step: Step) {
  return {
    key: step.key,
    state: step.state,
    startedAt: step.startedAt === null ? null : Date.parse(step.startedAt),
    endedAt: step.endedAt === null ? null : Date.parse(step.endedAt),
    waitingUntil: step.waitingUntil === null ? null : Date.parse(step.waitingUntil),
  };
}

function countStates(steps: readonly Step[]): string {
  const done = steps.filter((step) => step.endedAt !== null).length;
  return `${done} of ${steps.length} steps`;
}
