import { ActionIcon, Button, MultiSelect } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import type { FieldShape } from "./config-field.ts";
import { readField } from "./config-field.ts";
import { emptyValue, moveItem } from "./edit-config.ts";
import { FieldFrame, inputProps, type ShapedFieldProps } from "./FieldFrame.tsx";
import { FieldGroup } from "./FieldGroup.tsx";
import { errorOf, useConfigForm } from "./form-context.ts";
import { useFocusOnNew } from "./focus-new.ts";
import styles from "./ConfigForm.module.css";

type Props = ShapedFieldProps & { readonly shape: Extract<FieldShape, { readonly type: "list" }> };

/** A list: of a few known texts a choice of several, else items that are added, moved and removed. */
export function ListField(props: Props) {
  const { root } = useConfigForm();
  const item = readField(root, props.shape.item);
  const options =
    item.shape.type === "choice" ? item.shape.options.filter((one) => typeof one === "string") : [];
  const given = Array.isArray(props.value) ? props.value : [];
  const isChoice =
    item.shape.type === "choice" &&
    options.length === item.shape.options.length &&
    given.every((one) => options.includes(one as string)) &&
    new Set(given).size === given.length;
  return isChoice ? <SeveralField {...props} options={options} /> : <ItemsField {...props} />;
}

function SeveralField(props: Props & { readonly options: readonly string[] }) {
  const { value, onChange } = props;
  const common = inputProps(props, errorOf(useConfigForm(), props.path));
  const given = Array.isArray(value) ? (value as string[]) : [];
  return (
    <FieldFrame props={props}>
      <MultiSelect
        {...common}
        placeholder={given.length > 0 ? "" : value === undefined ? common.placeholder : "None"}
        data={props.options}
        value={given}
        onChange={onChange}
        searchable
      />
    </FieldFrame>
  );
}

function ItemsField(props: Props) {
  const { label, shape, value, field, path, onChange } = props;
  const { root, Field } = useConfigForm();
  const defaults = Array.isArray(field.defaultValue) ? (field.defaultValue as unknown[]) : [];
  const items = Array.isArray(value) ? (value as unknown[]) : value === undefined ? defaults : [];
  const [container, focusNew] = useFocusOnNew();
  return (
    <FieldGroup
      props={props}
      actions={
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconPlus size={12} />}
          disabled={shape.maxItems !== null && items.length >= shape.maxItems}
          onClick={() => {
            focusNew();
            onChange([...items, emptyValue(root, shape.item)]);
          }}
          aria-label={`Add to ${label}`}
        >
          Add
        </Button>
      }
    >
      <ol className={styles["items"]} ref={container} aria-label={label}>
        {items.map((item, index) => (
          // Items have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} className={styles["item"]}>
            <div className={styles["itemField"]}>
              <Field
                label={`${label} ${index + 1}`}
                bare
                schema={shape.item}
                value={item}
                required
                path={[...path, index]}
                onChange={(next) => onChange(items.with(index, next === undefined ? null : next))}
              />
            </div>
            <ActionIcon.Group className={styles["itemActions"] ?? ""}>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={index === 0}
                aria-label={`Move ${label} ${index + 1} up`}
                onClick={() => onChange(moveItem(items, index, index - 1))}
              >
                <IconArrowUp size={14} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                disabled={index === items.length - 1}
                aria-label={`Move ${label} ${index + 1} down`}
                onClick={() => onChange(moveItem(items, index, index + 1))}
              >
                <IconArrowDown size={14} />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Remove ${label} ${index + 1}`}
                onClick={() => onChange(items.toSpliced(index, 1))}
              >
                <IconX size={14} />
              </ActionIcon>
            </ActionIcon.Group>
          </li>
        ))}
      </ol>
    </FieldGroup>
  );
}
