import { Button, Checkbox, Group, Modal, Stack, Switch, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { formatQuantity } from "../ui/number-format.ts";
import { StateTag } from "../ui/StateTag.tsx";
import { chooseSteps, type ReexecutionChoice } from "./reexecution-options.ts";
import type { RunDetails } from "./run-details.ts";
import styles from "./ChooseStepsDialog.module.css";
import { lookOfStep } from "./looks/step-look.ts";

/** More rows than this are found by searching. */
const MAX_ROWS = 200;

/** Asks which steps of a run are run again. */
export function ChooseStepsDialog(props: {
  readonly steps: readonly Pick<RunDetails["steps"][number], "key" | "state" | "assetKeys">[];
  /** Chosen from the start; null: none. */
  readonly first: string | null;
  readonly pending: boolean;
  readonly onChoose: (choice: ReexecutionChoice) => void;
  readonly onClose: () => void;
}) {
  const [chosen, setChosen] = useState<readonly string[]>(props.first === null ? [] : [props.first]);
  const [downstream, setDownstream] = useState(false);
  const [search, setSearch] = useState("");
  const found = props.steps.filter(({ key }) => key.includes(search));
  const unsuccessful = props.steps.filter(({ state }) => state !== "success" && state !== "skipped");
  return (
    <Modal opened onClose={props.onClose} title="Run some steps again" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onChoose(chooseSteps(chosen, downstream));
        }}
      >
        <Stack gap="sm">
          <Group gap={8}>
            <TextInput
              aria-label="Search steps"
              placeholder="Search steps"
              leftSection={<IconSearch size={13} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              style={{ flex: 1, minWidth: 140 }}
            />
            <Button variant="subtle" onClick={() => setChosen(found.map(({ key }) => key))}>
              {search === "" ? "All" : "All found"}
            </Button>
            {unsuccessful.length > 0 ? (
              <Button variant="subtle" onClick={() => setChosen(unsuccessful.map(({ key }) => key))}>
                Without success
              </Button>
            ) : null}
            <Button variant="subtle" disabled={chosen.length === 0} onClick={() => setChosen([])}>
              None
            </Button>
          </Group>
          <Checkbox.Group value={[...chosen]} onChange={setChosen} aria-label="Steps">
            <div className={styles["steps"]}>
              {found.slice(0, MAX_ROWS).map((step) => (
                <div key={step.key} className={styles["step"]}>
                  <Checkbox
                    size="xs"
                    value={step.key}
                    label={<span className="mono">{step.key}</span>}
                    description={
                      step.assetKeys.length === 0 ? undefined : `makes ${step.assetKeys.join(", ")}`
                    }
                  />
                  <StateTag look={lookOfStep(step.state)} />
                </div>
              ))}
              {found.length > MAX_ROWS ? (
                <span className="quiet">{formatQuantity(found.length - MAX_ROWS, "more step")}: search</span>
              ) : null}
              {found.length === 0 ? <span className="quiet">No step is called like that.</span> : null}
            </div>
          </Checkbox.Group>
          <Switch
            size="xs"
            label="And everything downstream of them"
            checked={downstream}
            onChange={(event) => setDownstream(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={chosen.length === 0} loading={props.pending}>
              {chosen.length === 0 ? "Run steps" : `Run ${formatQuantity(chosen.length, "step")}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
