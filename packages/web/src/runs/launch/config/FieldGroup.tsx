import { Button, Group, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { hasProblemsUnder } from "./config-problems.ts";
import type { ShapedFieldProps } from "./FieldFrame.tsx";
import { errorOf, useConfigForm } from "./form-context.ts";
import styles from "./ConfigForm.module.css";

/** Objects further down than this begin closed. The path of a section's own fields has four parts. */
const OPEN_DEPTH = 5;

/** A field that holds others; it can be folded away, and opens by itself when something within it is wrong. */
export function FieldGroup({
  props,
  actions,
  errorWithin = false,
  children,
}: {
  readonly props: ShapedFieldProps;
  readonly actions?: ReactNode;
  /** Whether a field within stands at the same place, and shows what is wrong. */
  readonly errorWithin?: boolean;
  readonly children: ReactNode;
}) {
  const form = useConfigForm();
  const { label, field, path, required } = props;
  const [chosen, choose] = useState<boolean | null>(null);
  const problems = form.problems.filter((problem) => form.showMissing || !problem.missing);
  const wrong = hasProblemsUnder(problems, path);
  const open =
    wrong || (chosen ?? (path.length <= OPEN_DEPTH || (required && field.defaultValue === undefined)));
  const error = errorWithin ? null : errorOf(form, path);
  return (
    <details
      className={styles["group"]}
      open={open}
      onToggle={(event) => {
        if (event.currentTarget.open !== open) choose(event.currentTarget.open);
      }}
    >
      <summary data-invalid={error !== null || undefined}>
        <span className={styles["groupName"]}>{label}</span>
        {required && field.defaultValue === undefined && !props.bare ? (
          <span className={styles["asterisk"]}> *</span>
        ) : null}
        {props.value === undefined && field.defaultValue !== undefined ? (
          <span className="quiet"> default</span>
        ) : null}
      </summary>
      {open ? (
        <div className={styles["groupBody"]}>
          {field.description ? (
            <Text size="xs" className="quiet">
              {field.description}
            </Text>
          ) : null}
          {error === null ? null : (
            <Text size="xs" c="var(--tone-bad)" role="alert">
              {error}
            </Text>
          )}
          {children}
          <Group gap={8} className={styles["groupActions"] ?? ""}>
            {actions}
            {field.nullable && props.value !== null ? (
              <Button variant="subtle" size="compact-xs" onClick={() => props.onChange(null)}>
                Set to null
              </Button>
            ) : null}
            {props.value !== undefined && !props.bare && (field.defaultValue !== undefined || !required) ? (
              <Button variant="subtle" size="compact-xs" onClick={() => props.onChange(undefined)}>
                {field.defaultValue === undefined ? "Clear" : "Back to the default"}
              </Button>
            ) : null}
          </Group>
        </div>
      ) : null}
    </details>
  );
}
