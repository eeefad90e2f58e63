import { Anchor, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Section } from "../ui/Page.tsx";
import { type AutomationQuery, SwitchAutomationDocument } from "./automation.gen.ts";

type Switches = AutomationQuery["automation"];
type Group = Switches["groups"][number];

/** Whether automation conditions are evaluated: all of the deployment, and those of each group of assets. */
export function ConditionSwitches({
  switches: { isOn, groups, jobProblems },
}: {
  readonly switches: Switches;
}) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: async (to: { readonly group: string | null; readonly on: boolean }) => {
      const { switchAutomation: result } = await execute(SwitchAutomationDocument, to);
      if (result.__typename === "InvalidInput") throw new Error(result.message);
    },
    onSuccess: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: "It was not switched", message: error.message, color: "red" }),
  });
  const columns = columnsOf(!isOn || change.isPending, change.mutate);
  return (
    <Section
      title="Automation conditions"
      actions={
        <Switch
          label={isOn ? "On in this deployment" : "Off in this deployment"}
          checked={isOn}
          disabled={change.isPending}
          onChange={() => change.mutate({ group: null, on: !isOn })}
        />
      }
    >
      {groups.length > 0 ? (
        <DataTable
          label="Automation conditions"
          columns={columns}
          rows={groups}
          rowKey={({ name }) => name}
        />
      ) : null}
      <Problems of={jobProblems} />
    </Section>
  );
}

function columnsOf(
  isDisabled: boolean,
  onSwitch: (to: { readonly group: string; readonly on: boolean }) => void,
): Column<Group>[] {
  return [
    {
      header: "Group",
      phone: "title",
      cell: ({ name }) => (
        <Anchor
          fz="inherit"
          fw={550}
          renderRoot={(props) => <Link to="/assets" search={{ group: name }} {...props} />}
        >
          {name}
        </Anchor>
      ),
    },
    {
      header: "Conditions",
      cell: ({ conditions }) => `${conditions} ${conditions === 1 ? "condition" : "conditions"}`,
    },
    {
      header: "On",
      cell: (group) => (
        <Switch
          checked={group.isOn}
          disabled={isDisabled}
          aria-label={`Conditions of ${group.name} are evaluated`}
          onChange={() => onSwitch({ group: group.name, on: !group.isOn })}
        />
      ),
    },
    {
      header: "Problems",
      phone: "line",
      cell: ({ problems }) =>
        problems.length === 0 ? <span className="quiet">no problems</span> : <Problems of={problems} />,
    },
  ];
}

function Problems({ of }: { readonly of: readonly string[] }) {
  return of.map((problem) => (
    <div key={problem} role="alert">
      {problem}
    </div>
  ));
}
