import { Text, TextInput } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { IconSearch } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { type ConfigProblem, hasProblemsUnder, valueAt } from "./config-problems.ts";
import { type ConfigSection, listSections, listUnshown, setSection } from "./config-sections.ts";
import { fillRequired } from "./edit-config.ts";
import { SectionFields } from "./SectionFields.tsx";
import styles from "./ConfigForm.module.css";

/** With more sections than this, only those that matter begin open. */
const MANY_SECTIONS = 4;
/** With more sections than this, they can be searched. */
const SEARCHED_SECTIONS = 10;

/** A run config as a form: a section for each step and resource that takes config. */
export function ConfigForm(props: {
  readonly schema: JsonSchema;
  readonly config: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Whether what is missing is marked too: after somebody tried to launch. */
  readonly showMissing: boolean;
  readonly reportDraft: (path: ConfigProblem["path"], message: string | null) => void;
  readonly onEdit: (change: (config: unknown) => unknown) => void;
}) {
  const { schema, config, onEdit } = props;
  const [search, setSearch] = useState("");
  const sections = useMemo(() => listSections(schema), [schema]);
  const shown = sections.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()));
  const unshown = listUnshown(sections, config);
  const editSection = useCallback(
    (section: ConfigSection, value: unknown) =>
      onEdit((old) => fillRequired(schema, schema, setSection(old, section, value))),
    [schema, onEdit],
  );
  return (
    <div className={styles["form"]} role="group" aria-label="Run config">
      {sections.length === 0 ? (
        <Text size="sm" className="quiet">
          No step of this run takes config.
        </Text>
      ) : null}
      {sections.length > SEARCHED_SECTIONS ? (
        <TextInput
          aria-label="Search steps and resources"
          placeholder={`Search ${sections.length} steps and resources`}
          leftSection={<IconSearch size={13} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      ) : null}
      {shown.map((section) => (
        <SectionFields
          key={section.path.join(".")}
          section={section}
          root={schema}
          value={valueAt(config, section.path)}
          problems={props.problems.filter((problem) => hasProblemsUnder([problem], section.path))}
          showMissing={props.showMissing}
          reportDraft={props.reportDraft}
          many={sections.length > MANY_SECTIONS}
          onEdit={editSection}
        />
      ))}
      {unshown.length > 0 ? (
        <Text size="xs" className="quiet">
          Also given, for what does not run here: {unshown.join(", ")}
        </Text>
      ) : null}
    </div>
  );
}
