import { isEnvironmentValue, isObject } from "@millrace/model/config/json-schema";
import { type FieldShape, readField } from "./config-field.ts";
import { EnvironmentField } from "./EnvironmentField.tsx";
import { type FieldProps, useConfigForm } from "./form-context.ts";
import { JsonField } from "./JsonField.tsx";
import { ListField } from "./ListField.tsx";
import { NullField } from "./NullField.tsx";
import { ObjectField } from "./ObjectField.tsx";
import { RecordField } from "./RecordField.tsx";
import { BooleanField, ChoiceField, NumberField, TextField } from "./ScalarFields.tsx";
import { VariantField } from "./VariantField.tsx";

/** The input for one place of a config, whatever its schema says that it is. */
export function FieldInput(props: FieldProps) {
  const { root } = useConfigForm();
  const { schema, value } = props;
  const read = readField(root, schema);
  const field = { ...read, defaultValue: props.inherited ?? read.defaultValue };
  const { shape } = field;
  if (isEnvironmentValue(value)) return <EnvironmentField {...props} field={field} value={value} />;
  if (value === null && field.nullable) return <NullField {...props} field={field} />;
  if (!canShow(shape, value)) return <JsonField {...props} field={field} />;
  switch (shape.type) {
    case "text":
      return <TextField {...props} field={field} shape={shape} />;
    case "number":
      return <NumberField {...props} field={field} shape={shape} />;
    case "boolean":
      return <BooleanField {...props} field={field} />;
    case "choice":
      return <ChoiceField {...props} field={field} shape={shape} />;
    case "object":
      return <ObjectField {...props} field={field} shape={shape} />;
    case "list":
      return <ListField {...props} field={field} shape={shape} />;
    case "record":
      return <RecordField {...props} field={field} shape={shape} />;
    case "variants":
      return <VariantField {...props} field={field} shape={shape} />;
    case "json":
      return <JsonField {...props} field={field} />;
  }
}

/** Whether an input can show a value; one that came in as JSON may be of any type. */
function canShow(shape: FieldShape, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (shape.type) {
    case "object":
    case "record":
      return isObject(value);
    case "list":
      return Array.isArray(value);
    case "text":
    case "number":
      return typeof value === "string" || typeof value === "number";
    default:
      return true;
  }
}
