import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { Anchor, Code, Group, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { describeLocation } from "./location-state.ts";
import { LocationFailure } from "./LocationFailure.tsx";
import { CodeLocationsDocument, type CodeLocationsQuery } from "./locations.gen.ts";
import { ReloadButton } from "./ReloadButton.tsx";
import styles from "./Locations.module.css";
import { lookOfLocation } from "./location-look.ts";

type Location = CodeLocationsQuery["codeLocations"][number];

/** Every code location: whether its newest code serves, and if not, why. */
export function LocationsPage() {
  const { data, error } = useLiveQuery(CodeLocationsDocument, {}, { topics: ["locations"] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  return (
    <Page title="Code locations">
      {data.codeLocations.length === 0 ? (
        <EmptyState title="No code locations yet">
          Run <Code>millrace dev</Code> in a project&apos;s folder; its definitions show here as soon as they
          have loaded.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {data.codeLocations.map((location) => (
            <LocationCard key={location.name} location={location} />
          ))}
        </Stack>
      )}
    </Page>
  );
}

function LocationCard({ location }: { readonly location: Location }) {
  const { state, label, error } = describeLocation(location);
  return (
    <article className={styles["card"]} aria-label={location.name}>
      <Group justify="space-between" align="flex-start">
        <Group gap={14}>
          <Anchor
            fw={600}
            renderRoot={(props) => <Link to="/locations/$name" params={{ name: location.name }} {...props} />}
          >
            {location.name}
          </Anchor>
          <Text size="sm" component="span">
            <StateTag look={lookOfLocation(state)} label={label} />
          </Text>
        </Group>
        <ReloadButton name={location.name} loading={location.latest?.state === "starting"} />
      </Group>
      <Group gap={18} className={styles["facts"] ?? ""}>
        {location.serving ? (
          <span>
            Serves revision {location.serving.revision}
            {location.serving.codeDigest ? (
              <span className="mono"> {location.serving.codeDigest.slice(0, 10)}</span>
            ) : null}
            {location.serving.loadedAt ? (
              <>
                , loaded <Age at={location.serving.loadedAt} />
              </>
            ) : null}
          </span>
        ) : null}
        <span>{formatQuantity(location.assetCount, "asset")}</span>
        <span>{formatQuantity(location.jobs.filter(({ name }) => isAuthorsJob(name)).length, "job")}</span>
        <span>{formatQuantity(location.schedules.length, "schedule")}</span>
        <span>{formatQuantity(location.sensors.length, "sensor")}</span>
        <span>{formatQuantity(location.resources.length, "resource")}</span>
      </Group>
      <LocationFailure error={error} version={location.latest} open={false} />
    </article>
  );
}
