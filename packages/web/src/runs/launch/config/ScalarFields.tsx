import { NumberInput, PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { isEqualJson } from "@millrace/model/config/json-schema";
import { useState } from "react";
import type { FieldShape } from "./config-field.ts";
import { FieldFrame, inputProps, type ShapedFieldProps } from "./FieldFrame.tsx";
import { errorOf, useConfigForm } from "./form-context.ts";

type Shape<T extends FieldShape["type"]> = { readonly shape: Extract<FieldShape, { readonly type: T }> };

/** Text of one line, of several, or a secret. */
export function TextField(props: ShapedFieldProps & Shape<"text">) {
  const { shape, value, onChange } = props;
  const error = errorOf(useConfigForm(), props.path);
  const shown = typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  // Decided once: an input that changes its kind while one types in it loses the cursor.
  const [long] = useState(shape.look === "paragraph" || shown.includes("\n") || shown.length > 80);
  const common = {
    ...inputProps(props, error),
    value: shown,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      onChange(event.currentTarget.value === "" && !props.bare ? undefined : event.currentTarget.value),
    spellCheck: false,
    autoComplete: "off",
  };
  if (shape.look === "secret") {
    const warning =
      "A secret: better from an environment variable, as what is written here is kept with the run.";
    return (
      <FieldFrame props={props}>
        <PasswordInput
          size="xs"
          {...common}
          autoComplete="new-password"
          description={[common.description, warning].filter(Boolean).join(" · ")}
        />
      </FieldFrame>
    );
  }
  return (
    <FieldFrame props={props}>
      {long ? (
        <Textarea {...common} autosize minRows={2} maxRows={12} />
      ) : (
        <TextInput {...common} placeholder={common.placeholder || (EXAMPLES[shape.format ?? ""] ?? "")} />
      )}
    </FieldFrame>
  );
}

/** How texts of a format look. */
const EXAMPLES: Readonly<Record<string, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T06:00:00Z",
  time: "06:00:00",
  uri: "https://…",
  email: "name@example.org",
};

/** A number; what is no number yet stays as it is written, and is an error. */
export function NumberField(props: ShapedFieldProps & Shape<"number">) {
  const { shape, value, onChange } = props;
  const error = errorOf(useConfigForm(), props.path);
  return (
    <FieldFrame props={props}>
      <NumberInput
        {...inputProps(props, error)}
        value={typeof value === "number" || typeof value === "string" ? value : ""}
        onChange={(next) => onChange(next === "" ? (props.bare ? null : undefined) : next)}
        allowDecimal={!shape.integer}
        clampBehavior="none"
        {...(shape.minimum === null ? {} : { min: shape.minimum })}
        {...(shape.maximum === null ? {} : { max: shape.maximum })}
        {...(typeof props.field.defaultValue === "number" ? { startValue: props.field.defaultValue } : {})}
      />
    </FieldFrame>
  );
}

/** Yes or no: a switch when one of them is the default, else a choice that has to be made. */
export function BooleanField(props: ShapedFieldProps) {
  const { field, value, onChange } = props;
  const error = errorOf(useConfigForm(), props.path);
  const given = typeof value === "boolean" ? value : undefined;
  if (typeof field.defaultValue === "boolean" || (props.bare && given !== undefined)) {
    const { placeholder: _, withAsterisk: __, ...common } = inputProps(props, error);
    const isDefault = given === undefined && value === undefined;
    return (
      <FieldFrame props={props}>
        <Switch
          {...common}
          size="xs"
          checked={given ?? field.defaultValue === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
          data-default={isDefault || undefined}
        />
      </FieldFrame>
    );
  }
  return (
    <SelectField props={props} error={error} options={[true, false]} onChange={onChange} value={value} />
  );
}

/** One value of a few. */
export function ChoiceField(props: ShapedFieldProps & Shape<"choice">) {
  const error = errorOf(useConfigForm(), props.path);
  return (
    <SelectField
      props={props}
      error={error}
      options={props.shape.options}
      onChange={props.onChange}
      value={props.value}
    />
  );
}

function SelectField(args: {
  readonly props: ShapedFieldProps;
  readonly error: string | null;
  readonly options: readonly unknown[];
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
}) {
  const { props, options, value, onChange } = args;
  const common = inputProps(props, args.error);
  const chosen = options.findIndex((option) => isEqualJson(option, value));
  return (
    <FieldFrame props={props}>
      <Select
        {...common}
        placeholder={common.placeholder || "Choose"}
        data={options.map((option, index) => ({ value: String(index), label: describeOption(option) }))}
        value={chosen < 0 ? null : String(chosen)}
        onChange={(index) => onChange(index === null ? undefined : options[Number(index)])}
        searchable={options.length > 8}
        clearable={!props.required && !props.bare}
        comboboxProps={{ withinPortal: true }}
      />
    </FieldFrame>
  );
}

function describeOption(option: unknown): string {
  return typeof option === "string" && option !== "" ? option : JSON.stringify(option);
}
