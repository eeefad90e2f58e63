import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ConfigField } from "./config-field.ts";
import type { FieldProps } from "./form-context.ts";
import styles from "./ConfigForm.module.css";

/** Props of the input for one kind of field. */
export interface ShapedFieldProps extends FieldProps {
  readonly field: ConfigField;
}

/** A field with its menu: the environment variable, null and the default that it may have instead of a value. */
export function FieldFrame({
  props,
  children,
}: {
  readonly props: ShapedFieldProps;
  readonly children: ReactNode;
}) {
  const { field, value, label, onChange } = props;
  return (
    <div className={styles["field"]} data-bare={props.bare || undefined}>
      {children}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            className={styles["menu"] ?? ""}
            aria-label={`More for ${label}`}
          >
            <IconDots size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChange({ env: "" })}>From an environment variable</Menu.Item>
          {field.nullable ? <Menu.Item onClick={() => onChange(null)}>Set to null</Menu.Item> : null}
          <Menu.Item disabled={value === undefined} onClick={() => onChange(undefined)}>
            {field.defaultValue === undefined ? "Clear" : "Back to the default"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

/** Label, description, error and placeholder as Mantine's inputs take them. */
export function inputProps({ label, bare, field, required }: ShapedFieldProps, error: string | null) {
  const hint = hintOf(field);
  return {
    ...(bare ? { "aria-label": label } : { label }),
    ...(field.description || hint
      ? { description: [field.description, hint].filter(Boolean).join(" · ") }
      : {}),
    ...(error === null ? {} : { error }),
    withAsterisk: required && field.defaultValue === undefined && !bare,
    placeholder: describeDefault(field.defaultValue),
  };
}

/** What an empty input says about what counts instead. */
function describeDefault(value: unknown): string {
  if (value === undefined) return "";
  return `Default: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

function hintOf({ shape }: ConfigField): string | null {
  if (shape.type !== "number") return null;
  const { minimum, maximum } = shape;
  if (minimum !== null && maximum !== null) return `${minimum} to ${maximum}`;
  if (minimum !== null) return `at least ${minimum}`;
  return maximum === null ? null : `at most ${maximum}`;
}
