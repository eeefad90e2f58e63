import { formatDuration } from "@millrace/model/time/format-duration";
import { Anchor, Button, Group } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { Facts } from "../ui/Facts.tsx";
import { LazyMarkdown } from "../ui/LazyMarkdown.tsx";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { type ShownInstigatorFragment, ScheduleDocument, SensorDocument } from "./automation.gen.ts";
import { describeCatchup } from "./describe-catchup.ts";
import { describeWatch } from "./describe-watch.ts";
import { type InstigatorName, InstigatorSwitch, useSwitch } from "./InstigatorSwitch.tsx";
import { JobLink } from "./JobLink.tsx";
import { NextTicks } from "./NextTicks.tsx";
import { SensorCursor } from "./SensorCursor.tsx";
import { TestTickDialog } from "./TestTickDialog.tsx";
import { TicksTable } from "./TicksTable.tsx";

/** One schedule: its switch, when it ticks next, what its ticks did. */
export function SchedulePage() {
  const { location: locationName, name } = useParams({ from: "/automation/schedules/$location/$name" });
  const { data, error } = useLiveQuery(
    ScheduleDocument,
    { locationName, name },
    { topics: ["ticks", "locations"] },
  );
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const { schedule } = data;
  if (!schedule) return <NotFound what={`schedule ${name} in ${locationName}`} />;
  return (
    <InstigatorView
      subject={{ kind: "schedule", locationName, name }}
      watches={false}
      description={schedule.description}
      runningByDefault={schedule.runningByDefault}
      state={schedule.state}
      facts={[
        [
          "When",
          <span key="when">
            <span className="mono">{schedule.cron.join(", ")}</span> {schedule.timezone}
          </span>,
        ],
        ["Missed ticks", describeCatchup(schedule.catchup)],
        ["Job", <JobLink key="job" location={locationName} name={schedule.jobName} />],
        ["Next ticks", <NextTicks key="next" ticks={schedule.state.upcoming} timezone={schedule.timezone} />],
      ]}
    />
  );
}

/** One sensor: its switch, how far it has seen, what its ticks did. */
export function SensorPage() {
  const { location: locationName, name } = useParams({ from: "/automation/sensors/$location/$name" });
  const { data, error } = useLiveQuery(
    SensorDocument,
    { locationName, name },
    { topics: ["ticks", "locations"] },
  );
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const { sensor } = data;
  if (!sensor) return <NotFound what={`sensor ${name} in ${locationName}`} />;
  return (
    <InstigatorView
      subject={{ kind: "sensor", locationName, name }}
      watches={sensor.watch !== null}
      description={sensor.description}
      runningByDefault={sensor.runningByDefault}
      state={sensor.state}
      facts={[
        ["Watches", describeWatch(sensor.watch)],
        ["Evaluated", `at most every ${formatDuration(sensor.minimumIntervalSeconds * 1_000)}`],
        ["Time for one evaluation", formatDuration(sensor.timeoutSeconds * 1_000)],
        ["Jobs", sensor.jobNames.map((job) => <JobLink key={job} location={locationName} name={job} />)],
        [
          "Cursor",
          <SensorCursor key="cursor" locationName={locationName} name={name} cursor={sensor.state.cursor} />,
        ],
        ["Event cursor", sensor.state.eventCursor],
      ]}
    />
  );
}

interface InstigatorViewProps {
  readonly subject: InstigatorName;
  readonly watches: boolean;
  readonly description: string | null;
  readonly runningByDefault: boolean;
  readonly state: ShownInstigatorFragment;
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

function InstigatorView({
  subject,
  watches,
  description,
  runningByDefault,
  state,
  facts,
}: InstigatorViewProps) {
  const [isTesting, setTesting] = useState(false);
  const change = useSwitch(subject);
  const { kind, name, locationName } = subject;
  return (
    <Page
      title={name}
      heading={`${kind === "schedule" ? "Schedule" : "Sensor"} ${name}`}
      actions={
        <Button variant="default" leftSection={<IconFlask size={14} />} onClick={() => setTesting(true)}>
          Test evaluation
        </Button>
      }
    >
      {description ? <LazyMarkdown text={description} /> : null}
      {state.problem ? <p role="alert">It can't tick as it is defined: {state.problem}</p> : null}
      <Facts
        facts={[
          [
            "Ticks",
            <Group key="switch" gap={10}>
              <InstigatorSwitch subject={subject} state={state} />
              {state.switchedTo === null ? (
                <span className="quiet">as its definition says</span>
              ) : (
                <Button variant="subtle" size="compact-xs" onClick={() => change.mutate("reset")}>
                  Reset to its definition, which says {runningByDefault ? "on" : "off"}
                </Button>
              )}
            </Group>,
          ],
          [
            "Location",
            <Anchor
              key="location"
              fz="inherit"
              renderRoot={(props) => (
                <Link to="/locations/$name" params={{ name: locationName }} {...props} />
              )}
            >
              {locationName}
            </Anchor>,
          ],
          ...facts,
        ]}
      />
      <Section title="Ticks">
        <TicksTable subject={subject} />
      </Section>
      {isTesting ? (
        <TestTickDialog subject={{ ...subject, watches }} onClose={() => setTesting(false)} />
      ) : null}
    </Page>
  );
}
