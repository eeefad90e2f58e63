import { formatDuration } from "@millrace/model/time/format-duration";
import { Anchor, Button } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { Age } from "../ui/Time.tsx";
import { AutomationDocument, type AutomationQuery, type ShownInstigatorFragment } from "./automation.gen.ts";
import { ConditionSwitches } from "./ConditionSwitches.tsx";
import { describeWatch } from "./describe-watch.ts";
import { type InstigatorName, InstigatorSwitch } from "./InstigatorSwitch.tsx";
import { JobLink } from "./JobLink.tsx";
import { TickTag } from "./TicksTable.tsx";
import { TestTickDialog, type TickSubject } from "./TestTickDialog.tsx";

type Schedule = AutomationQuery["schedules"][number];
type Sensor = AutomationQuery["sensors"][number];

/** The schedules and sensors of all code locations: whether they tick, when next, and how it went; and the groups with conditions. */
export function AutomationPage() {
  const { data, error } = useLiveQuery(AutomationDocument, {}, { topics: ["locations", "ticks"] });
  const [subject, setSubject] = useState<TickSubject | null>(null);
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const { schedules, sensors, automation } = data;
  const hasConditions = automation.groups.length + automation.jobProblems.length > 0;
  return (
    <Page title="Automation">
      {schedules.length + sensors.length === 0 && !hasConditions ? (
        <EmptyState title="No schedules, sensors or conditions yet">
          Define one in a code location; it shows here when the location has loaded.
        </EmptyState>
      ) : null}
      {schedules.length > 0 ? (
        <Section title="Schedules">
          <DataTable
            label="Schedules"
            columns={scheduleColumns(setSubject)}
            rows={schedules}
            rowKey={(row) => `${row.locationName} ${row.name}`}
          />
        </Section>
      ) : null}
      {sensors.length > 0 ? (
        <Section title="Sensors">
          <DataTable
            label="Sensors"
            columns={sensorColumns(setSubject)}
            rows={sensors}
            rowKey={(row) => `${row.locationName} ${row.name}`}
          />
        </Section>
      ) : null}
      {hasConditions ? <ConditionSwitches switches={automation} /> : null}
      {subject ? <TestTickDialog subject={subject} onClose={() => setSubject(null)} /> : null}
    </Page>
  );
}

function scheduleColumns(onTest: (subject: TickSubject) => void): Column<Schedule>[] {
  return [
    { header: "Schedule", cell: (schedule) => <NameCell kind="schedule" of={schedule} />, phone: "title" },
    {
      header: "When",
      cell: (schedule) => (
        <>
          <span className="mono">{schedule.cron.join(", ")}</span>{" "}
          <span className="quiet">{schedule.timezone}</span>
        </>
      ),
    },
    {
      header: "Job",
      cell: (schedule) => <JobLink location={schedule.locationName} name={schedule.jobName} />,
    },
    ...stateColumns<Schedule>("schedule"),
    { header: "Location", cell: (schedule) => schedule.locationName },
    {
      header: "",
      align: "right",
      cell: (schedule) => (
        <TestButton
          name={schedule.name}
          onClick={() => onTest({ ...schedule, kind: "schedule", watches: false })}
        />
      ),
    },
  ];
}

function sensorColumns(onTest: (subject: TickSubject) => void): Column<Sensor>[] {
  return [
    { header: "Sensor", cell: (sensor) => <NameCell kind="sensor" of={sensor} />, phone: "title" },
    {
      header: "When",
      cell: (sensor) => (
        <span>
          {describeWatch(sensor.watch) ?? sensor.kind},{" "}
          <span className="quiet">at most every {formatDuration(sensor.minimumIntervalSeconds * 1_000)}</span>
        </span>
      ),
    },
    {
      header: "Jobs",
      cell: (sensor) =>
        sensor.jobNames.map((name) => <JobLink key={name} location={sensor.locationName} name={name} />),
    },
    ...stateColumns<Sensor>("sensor"),
    { header: "Location", cell: (sensor) => sensor.locationName },
    {
      header: "",
      align: "right",
      cell: (sensor) => (
        <TestButton
          name={sensor.name}
          onClick={() => onTest({ ...sensor, kind: "sensor", watches: sensor.watch !== null })}
        />
      ),
    },
  ];
}

/** What schedules and sensors have in common: their switch, and their last tick. */
function stateColumns<T extends Schedule | Sensor>(kind: InstigatorName["kind"]): Column<T>[] {
  return [
    {
      header: "On",
      cell: ({ locationName, name, state }) => (
        <InstigatorSwitch subject={{ kind, locationName, name }} state={state} />
      ),
    },
    { header: "Next tick", cell: ({ state }) => <NextTick state={state} /> },
    {
      header: "Last tick",
      cell: ({ state: { latestTick } }) =>
        latestTick === null ? (
          <span className="quiet">none yet</span>
        ) : (
          <>
            <TickTag tick={latestTick} /> <Age at={latestTick.scheduledAt} />
          </>
        ),
    },
  ];
}

function NextTick({ state }: { readonly state: ShownInstigatorFragment }) {
  const [next] = state.nextTicks;
  if (state.problem !== null) return <span role="alert">{state.problem}</span>;
  return next === undefined ? <span className="quiet">–</span> : <Age at={next} />;
}

function NameCell({ kind, of }: { readonly kind: InstigatorName["kind"]; readonly of: Schedule | Sensor }) {
  const { locationName: location, name, description } = of;
  const to =
    kind === "schedule" ? "/automation/schedules/$location/$name" : "/automation/sensors/$location/$name";
  return (
    <>
      <Anchor
        fz="inherit"
        fw={550}
        renderRoot={(props) => <Link to={to} params={{ location, name }} {...props} />}
      >
        {name}
      </Anchor>
      {description ? <div className="quiet">{description}</div> : null}
    </>
  );
}

function TestButton({ name, onClick }: { readonly name: string; readonly onClick: () => void }) {
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      leftSection={<IconFlask size={13} />}
      aria-label={`Test evaluation of ${name}`}
      onClick={onClick}
    >
      Test evaluation
    </Button>
  );
}
