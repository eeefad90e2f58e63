import { Button, Group, SegmentedControl, Text, Textarea } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import type { ConfigDraft } from "./config/config-draft.ts";
import type { ConfigProblem } from "./config/config-problems.ts";
import { listSections } from "./config/config-sections.ts";
import { ConfigForm } from "./config/ConfigForm.tsx";
import { ConfigFields } from "./ConfigFields.tsx";
import styles from "./LaunchForm.module.css";

/** A run config as a form or as JSON. */
export function ConfigEditor(props: {
  readonly schema: JsonSchema;
  readonly draft: ConfigDraft;
  readonly showMissing: boolean;
}) {
  const { schema, draft, showMissing } = props;
  const { text } = draft;
  const takesNone = text === null && draft.untouched && listSections(schema).length === 0;
  const problems = draft.problems.filter((problem) => showMissing || !problem.missing);
  return (
    <section aria-label="Config">
      <Group justify="space-between" gap={8} mb={8}>
        <Text size="xs" fw={500} component="h3" m={0}>
          Run config
        </Text>
        <Group gap={8}>
          {draft.untouched ? null : (
            <Button variant="subtle" size="compact-xs" onClick={draft.startOver}>
              Start over
            </Button>
          )}
          {takesNone ? null : (
            <SegmentedControl
              aria-label="Write the config as"
              data={[
                { value: "form", label: "Form", disabled: draft.unreadable !== null },
                { value: "json", label: "JSON" },
              ]}
              value={text === null ? "form" : "json"}
              onChange={draft.switchTo}
            />
          )}
        </Group>
      </Group>
      {text === null ? (
        <ConfigForm
          schema={schema}
          config={draft.config}
          problems={draft.problems}
          showMissing={showMissing}
          reportDraft={draft.reportDraft}
          onEdit={draft.edit}
        />
      ) : (
        <>
          <Textarea
            aria-label="Run config"
            value={text}
            onChange={(event) => draft.setText(event.currentTarget.value)}
            autosize
            minRows={4}
            maxRows={18}
            spellCheck={false}
            classNames={{ input: styles["editor"] ?? "" }}
            error={problems.length > 0 ? <Problems problems={problems} /> : null}
          />
          <ConfigFields schema={schema} />
        </>
      )}
    </section>
  );
}

function Problems({ problems }: { readonly problems: readonly ConfigProblem[] }) {
  return (
    <ul className={styles["problems"]}>
      {problems.map((problem) => (
        <li key={problem.sentence}>{problem.sentence}</li>
      ))}
    </ul>
  );
}
