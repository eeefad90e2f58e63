import { Button, Menu, Text } from "@mantine/core";
import { IconChevronDown, IconRefresh } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { execute } from "../graphql/client.ts";
import { listReexecutionOptions, type ReexecutionChoice } from "./reexecution-options.ts";
import { showRunProblem } from "./run-problem.ts";
import type { RunDetails } from "./run-details.ts";
import { ReexecuteRunDocument } from "./runs.gen.ts";

const ChooseStepsDialog = lazy(() =>
  import("./ChooseStepsDialog.tsx").then((module) => ({ default: module.ChooseStepsDialog })),
);

/** The ways to run a run again. `step`: the one that is looked at. */
export function ReexecuteMenu({ run, step }: { readonly run: RunDetails; readonly step: string | null }) {
  const navigate = useNavigate();
  const [choosing, setChoosing] = useState(false);
  const rerun = useMutation({
    mutationFn: ({ strategy, stepSelection, includeDownstream }: ReexecutionChoice) =>
      execute(ReexecuteRunDocument, {
        id: run.id,
        strategy,
        stepSelection: stepSelection && [...stepSelection],
        includeDownstream,
      }),
    onSuccess: ({ reexecuteRun: result }) => {
      if (result.__typename !== "LaunchedRun")
        return showRunProblem("The run was not launched", result.message);
      setChoosing(false);
      void navigate({ to: "/runs/$runId", params: { runId: result.run.id } });
    },
    onError: (error) => showRunProblem("The run was not launched", error.message),
  });
  return (
    <>
      <Menu position="bottom-end" width={320} withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconRefresh size={15} />}
            rightSection={<IconChevronDown size={14} />}
            loading={rerun.isPending}
          >
            Re-run
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {listReexecutionOptions(run, step).map((option) => (
            <Menu.Item
              key={option.label}
              disabled={option.disabled}
              onClick={() => rerun.mutate(option.choice)}
              aria-label={option.label}
            >
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {option.label}
              </Text>
              <Text size="xs" className="quiet">
                {option.explanation}
              </Text>
            </Menu.Item>
          ))}
          <Menu.Item
            disabled={run.steps.length === 0}
            onClick={() => setChoosing(true)}
            aria-label="Choose steps"
          >
            <Text size="sm">Choose steps…</Text>
            <Text size="xs" className="quiet">
              {run.steps.length === 0
                ? "No step of it is known: it ended before any"
                : "Any of them, with or without what is downstream"}
            </Text>
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {choosing ? (
        <Suspense>
          <ChooseStepsDialog
            steps={run.steps}
            first={step}
            pending={rerun.isPending}
            onChoose={rerun.mutate}
            onClose={() => setChoosing(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
