import { Group } from "@mantine/core";
import { LOCATION_FAILURE_WORDS } from "@millrace/model/location-failure";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Section } from "../ui/Page.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { describeReason, describeSource } from "./describe-version.ts";
import { lookOfVersion } from "./location-look.ts";
import { RollBackButton } from "./RollBackButton.tsx";
import { VersionChanges } from "./VersionChanges.tsx";
import type { CodeLocationQuery } from "./locations.gen.ts";

type Location = NonNullable<CodeLocationQuery["codeLocation"]>;
type Version = Location["versions"]["nodes"][number];

/** The versions of a code location that are kept, newest first: what each was made from, who asked, and how it fared. */
export function LocationVersions({ location }: { readonly location: Location }) {
  return (
    <Section title="Versions">
      <DataTable
        label="Versions"
        columns={columnsOf(location)}
        rows={location.versions.nodes}
        rowKey={(version) => String(version.revision)}
      />
    </Section>
  );
}

function columnsOf(location: Location): Column<Version>[] {
  return [
    {
      header: "Revision",
      cell: ({ revision }) =>
        revision === location.serving?.revision ? <strong>{revision}, serves</strong> : revision,
      phone: "title",
    },
    {
      header: "State",
      cell: (version) => (
        <span title={version.failure === null ? undefined : LOCATION_FAILURE_WORDS[version.failure]}>
          <StateTag look={lookOfVersion(version, location.revision)} />
        </span>
      ),
    },
    { header: "Code", cell: (version) => <Source version={version} />, phone: "line" },
    { header: "Why", cell: describeReason },
    { header: "Asked for by", cell: ({ askedBy }) => askedBy },
    { header: "When", cell: ({ createdAt }) => <Age at={createdAt} /> },
    {
      header: "",
      cell: ({ revision, document, loadedAt }) => (
        <Group gap={4} wrap="nowrap">
          {loadedAt !== null &&
          location.versions.nodes.some((other) => other.revision < revision && other.loadedAt) ? (
            <VersionChanges name={location.name} revision={revision} />
          ) : null}
          {document === null || revision === location.revision ? null : (
            <RollBackButton name={location.name} revision={revision} document={document} />
          )}
        </Group>
      ),
    },
  ];
}

function Source({ version }: { readonly version: Version }) {
  return (
    <Group gap="0 12px" component="span">
      <span className="mono">{describeSource(version.document)}</span>
      {version.gitCommit ? <span className="mono quiet">commit {version.gitCommit.slice(0, 10)}</span> : null}
      {version.codeDigest ? <span className="mono quiet">{version.codeDigest.slice(0, 12)}</span> : null}
    </Group>
  );
}
