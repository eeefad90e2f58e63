import { Anchor, Button } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { Chip } from "../ui/Tags.tsx";
import { formatDuration } from "../ui/time-format.ts";
import { AutomationDocument, type AutomationQuery } from "./automation.gen.ts";
import { describeWatch } from "./describe-watch.ts";
import { TestTickDialog, type TickSubject } from "./TestTickDialog.tsx";

type Schedule = AutomationQuery["schedules"][number];
type Sensor = AutomationQuery["sensors"][number];

/** The schedules and sensors of all code locations; each can be evaluated without launching anything. */
export function AutomationPage() {
  const { data, error } = useLiveQuery(AutomationDocument, {}, { topics: ["locations"] });
  const [subject, setSubject] = useState<TickSubject | null>(null);
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const { schedules, sensors } = data;
  return (
    <Page title="Automation">
      {schedules.length + sensors.length === 0 ? (
        <EmptyState title="No schedules or sensors yet">
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
      {subject ? <TestTickDialog subject={subject} onClose={() => setSubject(null)} /> : null}
    </Page>
  );
}

function scheduleColumns(onTest: (subject: TickSubject) => void): Column<Schedule>[] {
  return [
    { header: "Schedule", cell: NameCell, phone: "title" },
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
    { header: "Default", cell: DefaultCell },
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
    { header: "Sensor", cell: NameCell, phone: "title" },
    {
      header: "When",
      cell: (sensor) => (
        <span>
          {describeWatch(sensor.watch) ?? sensor.kind},{" "}
          <span className="quiet">every {formatDuration(sensor.minimumIntervalSeconds * 1_000)} at most</span>
        </span>
      ),
    },
    {
      header: "Jobs",
      cell: (sensor) =>
        sensor.jobNames.map((name) => <JobLink key={name} location={sensor.locationName} name={name} />),
    },
    { header: "Default", cell: DefaultCell },
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

function NameCell({ name, description }: { readonly name: string; readonly description: string | null }) {
  return (
    <>
      <span style={{ fontWeight: 550 }}>{name}</span>
      {description ? <div className="quiet">{description}</div> : null}
    </>
  );
}

function DefaultCell({ runningByDefault }: { readonly runningByDefault: boolean }) {
  return <Chip text={runningByDefault ? "on" : "off"} />;
}

function JobLink({ location, name }: { readonly location: string; readonly name: string }) {
  if (name.startsWith("__")) return <span className="quiet">assets</span>;
  return (
    <Anchor
      fz="inherit"
      mr={8}
      renderRoot={(props) => <Link to="/jobs/$location/$job" params={{ location, job: name }} {...props} />}
    >
      {name}
    </Anchor>
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
