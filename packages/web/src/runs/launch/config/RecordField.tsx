import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { isObject, type JsonSchema } from "@millrace/model/config/json-schema";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { FieldShape } from "./config-field.ts";
import type { ConfigPath } from "./config-problems.ts";
import { emptyValue, freeName, renameProperty, setProperty } from "./edit-config.ts";
import { FieldGroup } from "./FieldGroup.tsx";
import type { ShapedFieldProps } from "./FieldFrame.tsx";
import { useFocusOnNew } from "./focus-new.ts";
import { useConfigForm } from "./form-context.ts";
import styles from "./ConfigForm.module.css";

/** Values under names that one gives. */
export function RecordField(
  props: ShapedFieldProps & { readonly shape: Extract<FieldShape, { readonly type: "record" }> },
) {
  const { value, field, shape } = props;
  const defaults = isObject(field.defaultValue) ? field.defaultValue : {};
  return (
    <FieldGroup props={props}>
      <RecordEntries
        label={props.label}
        value={shape.value}
        names={shape.names}
        entries={isObject(value) ? value : value === undefined ? defaults : {}}
        path={props.path}
        onChange={(entries) =>
          props.onChange(Object.keys(entries).length === 0 && !props.required ? undefined : entries)
        }
      />
    </FieldGroup>
  );
}

interface EntriesProps {
  readonly label: string;
  /** Schema of the values. */
  readonly value: JsonSchema;
  /** The only names there are; null: any. */
  readonly names: readonly string[] | null;
  readonly entries: Readonly<Record<string, unknown>>;
  readonly path: ConfigPath;
  readonly onChange: (entries: Readonly<Record<string, unknown>>) => void;
}

/** The entries of a record, with a button that adds one. */
export function RecordEntries(props: EntriesProps) {
  const { label, entries, onChange } = props;
  const { root, Field } = useConfigForm();
  const names = Object.keys(entries);
  const [container, focusNew] = useFocusOnNew();
  const free = props.names?.filter((name) => !names.includes(name)) ?? null;
  return (
    <>
      <ol className={styles["items"]} ref={container} aria-label={label}>
        {names.map((name, index) => (
          // A name changes while one writes it: an entry is the one at its place.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={styles["item"]}>
            <div className={styles["entry"]}>
              <EntryName
                name={name}
                label={`Name of ${label} ${index + 1}`}
                choices={props.names}
                taken={names}
                onRename={(next) => onChange(renameProperty(entries, name, next))}
              />
              <Field
                label={name}
                bare
                schema={props.value}
                value={entries[name]}
                required
                path={[...props.path, name]}
                onChange={(next) => onChange(setProperty(entries, name, next === undefined ? null : next))}
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${name}`}
              onClick={() => onChange(setProperty(entries, name, undefined))}
            >
              <IconX size={14} />
            </ActionIcon>
          </li>
        ))}
      </ol>
      <div>
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconPlus size={12} />}
          disabled={free?.length === 0}
          aria-label={`Add to ${label}`}
          onClick={() => {
            focusNew();
            onChange({ ...entries, [free?.[0] ?? freeName("name", names)]: emptyValue(root, props.value) });
          }}
        >
          Add
        </Button>
      </div>
    </>
  );
}

function EntryName(props: {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly string[] | null;
  readonly taken: readonly string[];
  readonly onRename: (name: string) => void;
}) {
  const { name, taken, onRename } = props;
  const [text, setText] = useState(name);
  const [shownFor, setShownFor] = useState(name);
  if (shownFor !== name) {
    setShownFor(name);
    setText(name);
  }
  if (props.choices !== null) {
    return (
      <Select
        aria-label={props.label}
        data={props.choices.filter((choice) => choice === name || !taken.includes(choice))}
        value={name}
        onChange={(next) => next !== null && onRename(next)}
      />
    );
  }
  const clash = text !== name && taken.includes(text);
  return (
    <TextInput
      aria-label={props.label}
      value={text}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        if (next !== name && !taken.includes(next)) onRename(next);
      }}
      onBlur={() => setText(name)}
      error={clash ? `There is a "${text}" already` : text === "" ? "Give a name" : null}
      spellCheck={false}
      classNames={{ input: "mono" }}
    />
  );
}
