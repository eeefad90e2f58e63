import styles from "./RunPage.module.css";
import { Tabs } from "@mantine/core";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { isFinished } from "@millrace/model/run-status";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { RunLog } from "./log/RunLog.tsx";
import { RunOutput } from "./log/RunOutput.tsx";
import { RunActions } from "./RunActions.tsx";
import { RunConfigPanel } from "./RunConfigPanel.tsx";
import { RunFailure } from "./RunFailure.tsx";
import { RunGroup } from "./RunGroup.tsx";
import { RunFacts, RunHeading } from "./RunHeading.tsx";
import { RunUnreachable } from "./RunUnreachable.tsx";
import { RunWaits } from "./RunWaits.tsx";
import type { RunSearch, RunTab } from "./log/run-search.ts";
import { isBeingFailed, listMade } from "./run-words.ts";
import { RunDocument } from "./runs.gen.ts";
import { Waterfall } from "./waterfall/Waterfall.tsx";
import type { RunDetails } from "./run-details.ts";

/** One run: what it does and how it stands, why it failed, its steps over time, its log and output, its config. */
export function RunPage() {
  const { runId } = useParams({ from: "/runs/$runId" });
  const { data, error } = useLiveQuery(RunDocument, { id: runId }, { topics: [`run:${runId}`] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  if (!data.run)
    return <NotFound what={`run ${runId}`}>Runs are removed when their retention ends.</NotFound>;
  return <RunView run={data.run} />;
}

function RunView({ run }: { readonly run: RunDetails }) {
  const search = useSearch({ from: "/runs/$runId" });
  const navigate = useNavigate({ from: "/runs/$runId" });
  const change = (next: RunSearch): void =>
    void navigate({ search: next, replace: true, resetScroll: false });
  const tab = search.tab ?? "events";
  const selectStep = (step: string | null): void => {
    const { step: _step, at: _at, ...rest } = search;
    change(step === null ? rest : { ...rest, step });
  };
  return (
    <Page
      fill="at least"
      title={`${describeTarget(run)} · run`}
      heading={<RunHeading run={run} />}
      actions={<RunActions run={run} step={search.step ?? null} />}
    >
      <RunFacts run={run} />
      <RunGroup run={run} />
      <RunUnreachable run={run} />
      <RunWaits run={run} />
      {run.status === "FAILURE" || isBeingFailed(run) ? (
        <RunFailure run={run} onShowStep={selectStep} />
      ) : null}
      {run.steps.length > 0 ? (
        <Waterfall steps={run.steps} run={run} selected={search.step ?? null} onSelect={selectStep} />
      ) : null}
      <Tabs
        value={tab}
        onChange={(value) => change({ ...search, tab: value as RunTab })}
        keepMounted={false}
        className={styles["tabs"] ?? ""}
      >
        <Tabs.List aria-label="Log and output">
          <Tabs.Tab value="events">Events</Tabs.Tab>
          <Tabs.Tab value="stdout">stdout</Tabs.Tab>
          <Tabs.Tab value="stderr">stderr</Tabs.Tab>
          <Tabs.Tab value="config">Config</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="events" className={styles["panel"] ?? ""}>
          <RunLog
            runId={run.id}
            live={!isFinished(run.status)}
            steps={run.steps}
            made={listMade(run, search.step)}
            search={search}
            onSearch={change}
          />
        </Tabs.Panel>
        <Tabs.Panel value="stdout" className={styles["panel"] ?? ""}>
          <RunOutput run={run} stream="STDOUT" />
        </Tabs.Panel>
        <Tabs.Panel value="stderr" className={styles["panel"] ?? ""}>
          <RunOutput run={run} stream="STDERR" />
        </Tabs.Panel>
        <Tabs.Panel value="config">
          <RunConfigPanel run={run} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
