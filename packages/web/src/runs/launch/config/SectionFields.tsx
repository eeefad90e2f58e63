import { Text } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { memo, useState } from "react";
import { readField } from "./config-field.ts";
import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigSection } from "./config-sections.ts";
import { FieldInput } from "./FieldInput.tsx";
import { ConfigFormContext, type ConfigFormState } from "./form-context.ts";
import { ObjectFields } from "./ObjectField.tsx";
import styles from "./ConfigForm.module.css";

interface SectionProps extends Pick<ConfigFormState, "root" | "problems" | "showMissing" | "reportDraft"> {
  readonly section: ConfigSection;
  readonly root: JsonSchema;
  readonly value: unknown;
  /** Whether it is one of many: it begins closed unless something is given or must be. */
  readonly many: boolean;
  readonly onEdit: (section: ConfigSection, value: unknown) => void;
}

/** The config of one step or resource. It is drawn anew only when something of its own changes: a job may have hundreds. */
export const SectionFields = memo(Section, isSame);

function Section(props: SectionProps) {
  const { section, root, value, problems, showMissing } = props;
  const [chosen, choose] = useState<boolean | null>(null);
  const wrong = problems.some((problem) => showMissing || !problem.missing);
  const open = wrong || (chosen ?? (!props.many || section.required || value !== undefined));
  const field = readField(root, section.schema);
  const common = {
    label: section.name,
    schema: section.schema,
    value,
    required: section.required,
    path: section.path,
    onChange: (next: unknown) => props.onEdit(section, next),
  };
  return (
    <ConfigFormContext
      value={{ Field: FieldInput, root, problems, showMissing, reportDraft: props.reportDraft }}
    >
      <details
        className={styles["section"]}
        open={open}
        onToggle={(event) => {
          if (event.currentTarget.open !== open) choose(event.currentTarget.open);
        }}
      >
        <summary>
          <span className="mono">{section.name}</span>
          <span className={styles["sectionKind"]}>{section.group === "ops" ? "step" : "resource"}</span>
        </summary>
        {open ? (
          <div className={styles["sectionBody"]}>
            {field.description ? (
              <Text size="xs" className="quiet">
                {field.description}
              </Text>
            ) : null}
            {field.shape.type === "object" && !field.nullable ? (
              <ObjectFields {...common} field={field} shape={field.shape} />
            ) : (
              <FieldInput {...common} label="Config" />
            )}
          </div>
        ) : null}
      </details>
    </ConfigFormContext>
  );
}

function isSame(before: SectionProps, after: SectionProps): boolean {
  const { problems: old, ...others } = before;
  const { problems } = after;
  return (
    Object.entries(others).every(([name, value]) => after[name as keyof SectionProps] === value) &&
    old.length === problems.length &&
    old.every((problem, index) => isSameProblem(problem, problems[index]))
  );
}

function isSameProblem(a: ConfigProblem, b: ConfigProblem | undefined): boolean {
  return a.sentence === b?.sentence && a.message === b.message && a.missing === b.missing;
}
