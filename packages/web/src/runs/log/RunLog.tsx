import { Button } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "../../ui/Message.tsx";
import { useVirtualRows } from "../../ui/virtual-rows.ts";
import type { RunSearch } from "./run-search.ts";
import { LogFilters } from "./LogFilters.tsx";
import { filterRows, listTypes } from "./log-model.ts";
import { LogRowView } from "./LogRowView.tsx";
import { createRunEventsSource } from "./run-events-source.ts";
import { useFollower } from "./use-follower.ts";
import { useTail } from "./use-tail.ts";
import styles from "./RunLog.module.css";

interface RunLogProps {
  readonly runId: string;
  /** Whether more is to come. */
  readonly live: boolean;
  readonly steps: readonly { readonly key: string }[];
  /** The assets that the chosen step makes. */
  readonly made: readonly string[];
  readonly search: RunSearch;
  readonly onSearch: (next: RunSearch) => void;
}

/** The structured log of a run: only the rows in view are in the page, however many there are. */
export function RunLog(props: RunLogProps) {
  return <RunLogOf key={props.runId} {...props} />;
}

function RunLogOf({ runId, live, steps, made, search, onSearch }: RunLogProps) {
  const { content, version, caughtUp } = useFollower(
    () => createRunEventsSource(runId),
    `run:${runId}`,
    live,
  );
  const { step, level, type, text, at } = search;
  const filter = useMemo(() => only({ step, level, type, text }), [step, level, type, text]);
  // `content` is one array that grows in place; `version` says that it did.
  const { rows } = useMemo(
    () => ({ version, rows: filterRows(content, filter) }),
    [content, version, filter],
  );
  const { types } = useMemo(() => ({ version, types: listTypes(content) }), [content, version]);
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<number>>(() => new Set(at === undefined ? [] : [at]));
  const virtualizer = useVirtualRows(scroller, rows.length, 25, (index) => rows[index]?.position ?? index);
  const tail = useTail(scroller, virtualizer, live && at === undefined);
  const target = at === undefined ? -1 : rows.findIndex((row) => row.position === at);
  useEffect(() => {
    if (target >= 0) virtualizer.scrollToIndex(target, { align: "center" });
    // Once, when the row that the link names has arrived; from then on the reader scrolls.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [target >= 0]);
  const toggle = (position: number): void => {
    const next = new Set(opened);
    const { at: _at, ...rest } = search;
    if (next.delete(position)) onSearch(rest);
    else {
      next.add(position);
      onSearch({ ...rest, at: position });
    }
    setOpened(next);
  };
  return (
    <div className={styles["log"]}>
      <LogFilters
        search={search}
        onSearch={onSearch}
        steps={steps}
        made={made}
        types={types}
        shown={rows.length}
        total={content.length}
      />
      <div
        ref={scroller}
        role="log"
        aria-label="Run log"
        aria-live="off"
        tabIndex={0}
        className={styles["scroller"]}
        onScroll={tail.onScroll}
      >
        <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={styles["item"]}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <LogRowView
                  row={row}
                  open={opened.has(row.position)}
                  marked={row.position === at}
                  onToggle={() => toggle(row.position)}
                />
              </div>
            );
          })}
        </div>
        {rows.length === 0 && caughtUp ? (
          <EmptyState title={content.length === 0 ? "No events yet" : "No event matches these filters"}>
            {content.length === 0 ? "Events show here the moment the run reports them." : null}
          </EmptyState>
        ) : null}
      </div>
      {live && !tail.stuck ? (
        <Button
          className={styles["toEnd"] ?? ""}
          leftSection={<IconArrowDown size={14} />}
          onClick={tail.toEnd}
          radius="xl"
        >
          Follow newest
        </Button>
      ) : null}
    </div>
  );
}

/** The fields that have a value: an absent filter is left out, not undefined. */
function only<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
