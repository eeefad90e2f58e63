import type { JsonSchema } from "@millrace/model/config/json-schema";
import { listFields } from "./config/list-fields.ts";
import styles from "./LaunchForm.module.css";

/** The fields a run config may have, for looking up while writing one. */
export function ConfigFields({
  schema,
  open = false,
}: {
  readonly schema: JsonSchema;
  readonly open?: boolean;
}) {
  const fields = listFields(schema);
  if (fields.length === 0) return null;
  return (
    <details className={styles["fields"]} open={open}>
      <summary>Fields ({fields.length})</summary>
      <dl>
        {fields.map((field) => (
          <div key={field.path}>
            <dt>{field.path}</dt>
            <dd>
              {field.type}
              {field.required ? ", required" : ""}
              {field.description ? ` – ${field.description}` : ""}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
