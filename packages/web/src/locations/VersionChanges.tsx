import { Button, Modal, Text } from "@mantine/core";
import { describeChangeCounts } from "@millrace/model/describe-changes";
import { useDisclosure } from "@mantine/hooks";
import { useLiveQuery } from "../graphql/live-query.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { RequestFailed } from "../ui/Message.tsx";
import { LocationChangesDocument, type LocationChangesQuery } from "./locations.gen.ts";

type Changes = NonNullable<LocationChangesQuery["codeLocation"]>["changes"];
type Change = Changes["changes"][number];
type Field = Changes["document"][number];

/** Shows on demand what a version has otherwise than the one before it that had loaded. */
export function VersionChanges({ name, revision }: { readonly name: string; readonly revision: number }) {
  const [shown, show] = useDisclosure(false);
  return (
    <>
      <Button variant="subtle" size="compact-xs" aria-label={`Changes of ${revision}`} onClick={show.open}>
        Changes
      </Button>
      <Modal opened={shown} onClose={show.close} size="xl" title={`What revision ${revision} has changed`}>
        <Listed name={name} revision={revision} />
      </Modal>
    </>
  );
}

function Listed({ name, revision }: { readonly name: string; readonly revision: number }) {
  const { data, error } = useLiveQuery(
    LocationChangesDocument,
    { name, to: revision },
    { topics: ["locations"] },
  );
  if (!data) return error ? <RequestFailed error={error} /> : <Text size="sm">Comparing …</Text>;
  if (!data.codeLocation) return <Text size="sm">The code location was removed.</Text>;
  const { changes } = data.codeLocation;
  return (
    <>
      <Text size="sm" mb="sm">
        Since revision {changes.from}: {describeCounts(changes)}
      </Text>
      <Fields fields={changes.document} />
      {changes.changes.length === 0 ? null : (
        <DataTable
          label="Changes"
          columns={COLUMNS}
          rows={changes.changes}
          rowKey={({ kind, name: definition }) => `${kind} ${definition}`}
        />
      )}
      {changes.hasMore ? <Text size="sm">The first {changes.changes.length} are listed.</Text> : null}
    </>
  );
}

const COLUMNS: readonly Column<Change>[] = [
  { header: "Definition", cell: ({ kind, name }) => `${kind} ${name}`, phone: "title" },
  { header: "Change", cell: ({ change }) => change },
  { header: "Before and after", cell: ({ fields }) => <Fields fields={fields} />, phone: "line" },
];

function Fields({ fields }: { readonly fields: readonly Field[] }) {
  return fields.map(({ field, before, after }) => (
    <div key={field} style={{ overflowWrap: "anywhere" }}>
      {field}: <span className="mono quiet">{show(before)}</span> →{" "}
      <span className="mono">{show(after)}</span>
    </div>
  ));
}

function describeCounts({ counts, isCodeChanged }: Changes): string {
  const counted = describeChangeCounts(counts);
  if (counted !== "") return counted;
  return isCodeChanged === true ? "the same definitions, of other code" : "the same definitions";
}

function show(value: unknown): string {
  return value === null ? "none" : JSON.stringify(value);
}
