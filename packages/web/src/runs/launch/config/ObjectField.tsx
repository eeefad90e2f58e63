import { isObject } from "@millrace/model/config/json-schema";
import { Text } from "@mantine/core";
import type { ConfigProperty, FieldShape } from "./config-field.ts";
import { setProperty } from "./edit-config.ts";
import { FieldGroup } from "./FieldGroup.tsx";
import type { ShapedFieldProps } from "./FieldFrame.tsx";
import { useConfigForm } from "./form-context.ts";
import { RecordEntries } from "./RecordField.tsx";

type Props = ShapedFieldProps & { readonly shape: Extract<FieldShape, { readonly type: "object" }> };

/** Fields within a field. */
export function ObjectField(props: Props) {
  return (
    <FieldGroup props={props}>
      <ObjectFields {...props} />
    </FieldGroup>
  );
}

/** The fields of an object, without a frame around them. `without`: the name of one that is shown elsewhere. */
export function ObjectFields(props: Props & { readonly without?: string | null }) {
  const { shape, value, field, path } = props;
  const { Field } = useConfigForm();
  const given = isObject(value) ? value : {};
  const defaults = isObject(field.defaultValue) ? field.defaultValue : {};
  const set = (name: string, next: unknown): void => {
    const base = value === undefined && next !== undefined ? defaults : given;
    const changed = setProperty(base, name, next);
    props.onChange(Object.keys(changed).length === 0 && !props.required ? undefined : changed);
  };
  const shown = shape.properties.filter(({ name }) => name !== props.without);
  const { rest } = shape;
  const known = new Set(shape.properties.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  return (
    <>
      {shown.map((property: ConfigProperty) => (
        <Field
          key={property.name}
          label={property.name}
          schema={property.schema}
          value={given[property.name]}
          inherited={value === undefined ? defaults[property.name] : undefined}
          required={property.required}
          path={[...path, property.name]}
          onChange={(next) => set(property.name, next)}
        />
      ))}
      {rest !== null ? (
        <RecordEntries
          label="other field"
          value={rest}
          names={null}
          entries={Object.fromEntries(unknown.map((name) => [name, given[name]]))}
          path={path}
          onChange={(entries) => {
            const fixed = Object.entries(given).filter(([name]) => known.has(name));
            props.onChange({ ...Object.fromEntries(fixed), ...entries });
          }}
        />
      ) : unknown.length > 0 ? (
        <Text size="xs" className="quiet">
          Also given, which the schema does not name: {unknown.join(", ")}
        </Text>
      ) : null}
    </>
  );
}
