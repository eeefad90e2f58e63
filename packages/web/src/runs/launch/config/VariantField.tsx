import { Select } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { useState } from "react";
import { type FieldShape, readField } from "./config-field.ts";
import { emptyValue, findVariant } from "./edit-config.ts";
import { FieldGroup } from "./FieldGroup.tsx";
import type { ShapedFieldProps } from "./FieldFrame.tsx";
import { useConfigForm } from "./form-context.ts";
import { ObjectFields } from "./ObjectField.tsx";

/** A value of one of several forms: first which, then the fields of that one. */
export function VariantField(
  props: ShapedFieldProps & { readonly shape: Extract<FieldShape, { readonly type: "variants" }> },
) {
  const { label, shape, value, field, required, path, onChange } = props;
  const { root } = useConfigForm();
  const { variants, tag } = shape;
  const [picked, setPicked] = useState<string | null>(null);
  const shown = value ?? field.defaultValue;
  const found = shown === undefined || shown === null ? null : findVariant(root, variants, tag, shown);
  // A number that is not written yet has no form of its own: it is of the form that was chosen for it.
  if (found !== null && found.label !== picked) setPicked(found.label);
  const chosen =
    found ?? (value === null ? (variants.find(({ label: one }) => one === picked) ?? null) : null);
  return (
    <FieldGroup props={props} errorWithin={chosen !== null && isSinglePlace(root, chosen.schema)}>
      <Select
        aria-label={tag === null ? `Form of ${label}` : `${tag} of ${label}`}
        {...(tag === null ? {} : { label: tag })}
        placeholder="Choose"
        data={variants.map((variant) => variant.label)}
        value={chosen?.label ?? null}
        clearable={!required && value !== undefined}
        onChange={(next) => {
          const variant = variants.find((one) => one.label === next);
          if (variant?.label === chosen?.label) return;
          setPicked(variant?.label ?? null);
          onChange(variant === undefined ? undefined : emptyValue(root, variant.schema));
        }}
      />
      {chosen === null ? null : <ChosenVariant {...props} chosen={chosen.schema} path={path} />}
    </FieldGroup>
  );
}

function ChosenVariant(
  props: ShapedFieldProps & {
    readonly shape: Extract<FieldShape, { readonly type: "variants" }>;
    readonly chosen: ShapedFieldProps["schema"];
  },
) {
  const { root, Field } = useConfigForm();
  const read = readField(root, props.chosen);
  const field = { ...read, defaultValue: props.field.defaultValue ?? read.defaultValue };
  if (read.shape.type === "object") {
    return (
      <ObjectFields
        {...props}
        schema={props.chosen}
        field={field}
        shape={read.shape}
        required
        without={props.shape.tag}
      />
    );
  }
  return (
    <Field
      label={props.label}
      bare
      schema={props.chosen}
      value={props.value}
      inherited={props.value === undefined ? props.field.defaultValue : undefined}
      required
      path={props.path}
      onChange={props.onChange}
    />
  );
}

/** Whether a form is one input at the same place, rather than fields below it. */
function isSinglePlace(root: JsonSchema, schema: JsonSchema): boolean {
  return readField(root, schema).shape.type !== "object";
}
