import { Button, Group, NumberInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { SetPoolLimitDocument } from "./pools.gen.ts";

/**
 * Sets how many slots a pool has; an empty field stands for the deployment's default.
 *
 * @param limit what somebody has set; null: nobody has.
 */
export function PoolLimit({ name, limit }: { readonly name: string; readonly limit: number | null }) {
  const [text, setText] = useState<string | number>(limit ?? "");
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const wanted = text === "" ? null : Number(text);
      const { setPoolLimit } = await execute(SetPoolLimitDocument, { name, limit: wanted });
      if (setPoolLimit.__typename === "InvalidInput") throw new Error(setPoolLimit.message);
    },
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: `The limit of ${name} stays`, message: error.message, color: "red" }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Group gap={8}>
        <NumberInput
          aria-label={`Slots of ${name}`}
          placeholder="default"
          min={0}
          allowDecimal={false}
          w={110}
          value={text}
          onChange={setText}
        />
        <Button type="submit" variant="default" loading={save.isPending} disabled={text === (limit ?? "")}>
          Set
        </Button>
      </Group>
    </form>
  );
}
