import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Facts } from "../ui/Facts.tsx";
import { JsonBlock } from "../ui/JsonBlock.tsx";
import { Section } from "../ui/Page.tsx";
import { Tags } from "../ui/Tags.tsx";
import type { RunDetails } from "./run-details.ts";

/** What the run was asked to do: config, tags, selection. */
export function RunConfigPanel({ run }: { readonly run: RunDetails }) {
  const facts = [
    ["Tags", run.tags.length > 0 ? <Tags key="tags" tags={run.tags} /> : "none"],
    ["Assets", run.assetKeys.length > 0 ? <AssetLinks key="assets" keys={run.assetKeys} /> : null],
    ["Selected assets", run.assetSelection?.join(", ")],
    ["Selected checks", run.checkSelection?.join(", ")],
    ["Selected steps", run.stepSelection?.join(", ")],
    ["Priority", run.priority],
    ["Attempt", run.attempt],
    [
      "First run of its group",
      run.rootRunId && run.rootRunId !== run.id ? <RunLink key="root" id={run.rootRunId} /> : null,
    ],
  ] as const;
  return (
    <>
      <Section title="Run config">
        <JsonBlock value={run.runConfig} label="Run config" />
      </Section>
      <Section title="What was asked for">
        <Facts facts={facts} />
      </Section>
    </>
  );
}

function AssetLinks({ keys }: { readonly keys: readonly string[] }) {
  return keys.map((key) => (
    <Anchor
      key={key}
      fz="inherit"
      mr={12}
      renderRoot={(props) => <Link to="/assets/$" params={{ _splat: key }} {...props} />}
    >
      {key}
    </Anchor>
  ));
}

function RunLink({ id }: { readonly id: string }) {
  return (
    <Anchor
      fz="inherit"
      className="mono"
      renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: id }} {...props} />}
    >
      {id}
    </Anchor>
  );
}
