import { Textarea } from "@mantine/core";
import { isEqualJson } from "@millrace/model/config/json-schema";
import { useEffect, useState } from "react";
import { FieldFrame, inputProps, type ShapedFieldProps } from "./FieldFrame.tsx";
import { errorOf, useConfigForm } from "./form-context.ts";
import { readJson } from "./read-json.ts";
import styles from "./ConfigForm.module.css";

/** A part of a config that only JSON can express. */
export function JsonField(props: ShapedFieldProps) {
  const { value, path, onChange } = props;
  const form = useConfigForm();
  const [text, setText] = useState(() => format(value));
  const draft = readJson(text);
  // Somebody else has changed the value: a default, a move of items.
  if (draft.ok && !isEqualJson(draft.value, value)) setText(format(value));
  const place = JSON.stringify(path);
  const { reportDraft } = form;
  useEffect(() => () => reportDraft(JSON.parse(place) as typeof path, null), [place, reportDraft]);
  const common = inputProps(props, draft.ok ? errorOf(form, path) : draft.message);
  return (
    <FieldFrame props={props}>
      <Textarea
        {...common}
        placeholder={common.placeholder || "JSON"}
        value={text}
        onChange={(event) => {
          const next = event.currentTarget.value;
          const read = readJson(next);
          setText(next);
          reportDraft(path, read.ok ? null : read.message);
          if (read.ok) onChange(read.value);
        }}
        autosize
        minRows={1}
        maxRows={12}
        spellCheck={false}
        classNames={{ input: styles["json"] ?? "" }}
      />
    </FieldFrame>
  );
}

function format(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}
