import { Button, Group, TextInput } from "@mantine/core";
import type { EnvironmentValue } from "@millrace/model/config/json-schema";
import { inputProps, type ShapedFieldProps } from "./FieldFrame.tsx";
import { errorOf, useConfigForm } from "./form-context.ts";
import styles from "./ConfigForm.module.css";

/** A value that is read from an environment variable where the code runs. */
export function EnvironmentField(props: ShapedFieldProps & { readonly value: EnvironmentValue }) {
  const { value, onChange } = props;
  const { placeholder: _, ...common } = inputProps(props, errorOf(useConfigForm(), props.path));
  return (
    <div className={styles["field"]}>
      <TextInput
        {...common}
        description={
          <Group component="span" gap={6}>
            <span>From this environment variable of the place where the code runs</span>
            <Button
              variant="transparent"
              size="compact-xs"
              px={0}
              h="auto"
              onClick={() => onChange(undefined)}
            >
              Give a value instead
            </Button>
          </Group>
        }
        placeholder="NAME"
        leftSection="$"
        value={value.env}
        onChange={(event) => onChange({ ...value, env: event.currentTarget.value.trim() })}
        spellCheck={false}
        autoComplete="off"
        autoFocus={value.env === ""}
        classNames={{ input: "mono" }}
      />
    </div>
  );
}
