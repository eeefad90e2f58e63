import { Anchor, Button, Code, Group, Select, Text } from "@mantine/core";
import { isFinished } from "@millrace/model/run-status";
import { IconArrowDown } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { parseAnsiLine } from "../../ui/ansi.ts";
import { EmptyState } from "../../ui/Message.tsx";
import { formatBytes } from "../../ui/number-format.ts";
import { useVirtualRows } from "../../ui/virtual-rows.ts";
import { useLiveQuery } from "../../graphql/live-query.ts";
import { RunOutputPlaceDocument, type LogStream, type RunStatus } from "../runs.gen.ts";
import { ansiCss } from "./ansi-css.ts";
import { OutputSearchBox } from "./OutputSearchBox.tsx";
import { createRunOutputSource } from "./run-output-source.ts";
import type { OutputLine } from "./output-lines.ts";
import { useFollower } from "./use-follower.ts";
import { useOutputSearch } from "./use-output-search.ts";
import { useTail } from "./use-tail.ts";
import styles from "./RunOutput.module.css";

/** What of a run decides which output there is to show. */
export interface RunWithOutput {
  readonly id: string;
  readonly status: RunStatus;
  /** The newest attempt; 0: none has begun. */
  readonly attempt: number;
  readonly steps: readonly { readonly key: string }[];
}

/** What the worker, or one step of it, wrote to stdout or stderr, as it arrives. */
export function RunOutput({ run, stream }: { readonly run: RunWithOutput; readonly stream: LogStream }) {
  const [chosenAttempt, setChosenAttempt] = useState<number | null>(null);
  // Also when the run goes on in a further attempt while one looks on.
  const attempt = chosenAttempt ?? run.attempt;
  // A run that waits in the queue has none yet: the first one may begin before we hear of it.
  const shown = attempt === 0 ? null : attempt;
  const [stepKey, setStepKey] = useState<string | null>(null);
  const { data } = useLiveQuery(
    RunOutputPlaceDocument,
    { id: run.id, attempt: shown },
    { topics: [`run:${run.id}`] },
  );
  const elsewhere = data?.run?.outputPlace ?? null;
  const [from, setFrom] = useState<number | null>(null);
  const { search, start, goOn } = useOutputSearch({ runId: run.id, stream, attempt: shown });
  return (
    <>
      <Group mt="xs" align="flex-end">
        {run.steps.length > 1 ? (
          <Select
            label="Written by"
            placeholder="The whole run"
            w={260}
            searchable
            clearable
            data={run.steps.map((step) => step.key)}
            value={stepKey}
            onChange={setStepKey}
          />
        ) : null}
        {run.attempt > 1 ? (
          <Select
            label="Attempt"
            w={110}
            allowDeselect={false}
            data={Array.from({ length: run.attempt }, (_, index) => String(index + 1))}
            value={String(attempt)}
            onChange={(value) => setChosenAttempt(Number(value))}
          />
        ) : null}
        {shown === null || elsewhere !== null ? null : (
          <Anchor href={`/output/${run.id}/${shown}/${stream.toLowerCase()}`} download fz="xs">
            Download all of it
          </Anchor>
        )}
      </Group>
      {elsewhere === null ? null : (
        <Text fz="sm" mt="xs">
          What this attempt prints is kept in <Code>{elsewhere.place}</Code>, which this server can't read.{" "}
          {elsewhere.link === null ? null : (
            <Anchor href={elsewhere.link} target="_blank" rel="noreferrer" fz="sm">
              Open it
            </Anchor>
          )}
        </Text>
      )}
      {shown === null || elsewhere !== null ? null : (
        <OutputSearchBox
          search={search}
          onSearch={start}
          onGoOn={goOn}
          onChoose={(match) => {
            setStepKey(null);
            setFrom(match.fromByte);
          }}
        />
      )}
      <OutputView
        key={`${run.id} ${stream} ${attempt} ${stepKey} ${from}`}
        runId={run.id}
        stream={stream}
        stepKey={stepKey}
        attempt={shown}
        from={from}
        live={!isFinished(run.status)}
        onLoadWhole={() => setFrom(0)}
      />
    </>
  );
}

function OutputView(props: {
  readonly runId: string;
  readonly stream: LogStream;
  readonly stepKey: string | null;
  readonly attempt: number | null;
  /** The byte where to begin; null: at the end of what is long. */
  readonly from: number | null;
  readonly live: boolean;
  readonly onLoadWhole: () => void;
}) {
  const { runId, stream, stepKey, attempt, from, live } = props;
  const { content, caughtUp } = useFollower(
    () => createRunOutputSource(runId, stream, attempt, stepKey, from),
    `logs:${runId}`,
    live,
  );
  const { lines } = content.lines;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualRows(scroller, lines.length, 19);
  const tail = useTail(scroller, virtualizer, from === null);
  const name = stream.toLowerCase();
  return (
    <div className={styles["output"]}>
      <Group justify="space-between" mb={6} className="quiet" fz="xs">
        <span>{content.size > 0 && stepKey === null ? formatBytes(content.size) : ""}</span>
        {content.skippedBytes > 0 ? (
          <Button variant="subtle" size="compact-xs" onClick={props.onLoadWhole}>
            Load the first {formatBytes(content.skippedBytes)} too
          </Button>
        ) : null}
      </Group>
      <div
        ref={scroller}
        role="log"
        aria-label={name}
        aria-live="off"
        tabIndex={0}
        className={styles["scroller"]}
        onScroll={tail.onScroll}
      >
        <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              className={styles["line"]}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Line line={lines[item.index]} />
            </div>
          ))}
        </div>
        {lines.length === 0 && caughtUp ? (
          <EmptyState title={stepKey === null ? `Nothing on ${name}` : `${stepKey} wrote nothing to ${name}`}>
            {live ? "Lines show here as the worker writes them." : null}
          </EmptyState>
        ) : null}
      </div>
      {!tail.stuck ? (
        <Button
          className={styles["toEnd"] ?? ""}
          leftSection={<IconArrowDown size={14} />}
          onClick={tail.toEnd}
          radius="xl"
        >
          To the end
        </Button>
      ) : null}
    </div>
  );
}

function Line({ line }: { readonly line: OutputLine | undefined }) {
  if (!line || line.text === "") return "\u00a0";
  let start = 0;
  return parseAnsiLine(line.text, line.style).spans.map((span) => {
    const key = start;
    start += span.text.length;
    return (
      <span key={key} style={ansiCss(span.style)}>
        {span.text}
      </span>
    );
  });
}
