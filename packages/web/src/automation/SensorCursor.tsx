import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { SetSensorCursorDocument } from "./automation.gen.ts";

/** The cursor that a sensor's next evaluation is told; it can be set by hand. */
export function SensorCursor(props: {
  readonly locationName: string;
  readonly name: string;
  readonly cursor: string | null;
}) {
  const { locationName, name, cursor } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const client = useQueryClient();
  const store = useMutation({
    mutationFn: (next: string | null) =>
      execute(SetSensorCursorDocument, { locationName, name, cursor: next }),
    onSuccess: async () => {
      setDraft(null);
      await client.invalidateQueries();
    },
  });
  if (draft === null)
    return (
      <Group gap={8}>
        {cursor === null ? <span className="quiet">none yet</span> : <span className="mono">{cursor}</span>}
        <Button variant="subtle" size="compact-xs" onClick={() => setDraft(cursor ?? "")}>
          Edit cursor
        </Button>
      </Group>
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        store.mutate(draft === "" ? null : draft);
      }}
    >
      <Group gap={8}>
        <TextInput
          aria-label="Cursor"
          placeholder="empty: none, as at first"
          value={draft}
          error={store.error?.message ?? null}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button type="submit" size="compact-sm" loading={store.isPending}>
          Set cursor
        </Button>
        <Button variant="default" size="compact-sm" onClick={() => setDraft(null)}>
          Keep it
        </Button>
      </Group>
    </form>
  );
}
