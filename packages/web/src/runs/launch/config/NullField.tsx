import { Button, Group, TextInput } from "@mantine/core";
import { emptyValue } from "./edit-config.ts";
import { inputProps, type ShapedFieldProps } from "./FieldFrame.tsx";
import { useConfigForm } from "./form-context.ts";
import styles from "./ConfigForm.module.css";

/** A value that is null on purpose. */
export function NullField(props: ShapedFieldProps) {
  const { root } = useConfigForm();
  const giveValue = (): void =>
    props.onChange(props.required ? (emptyValue(root, props.schema) ?? undefined) : undefined);
  return (
    <Group gap={6} align="end" wrap="nowrap" className={styles["field"] ?? ""}>
      <TextInput
        {...inputProps(props, null)}
        value="null"
        readOnly
        style={{ flex: 1 }}
        classNames={{ input: "mono" }}
      />
      <Button variant="default" onClick={giveValue}>
        Give a value
      </Button>
    </Group>
  );
}
