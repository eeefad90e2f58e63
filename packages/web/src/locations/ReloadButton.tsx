import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { ReloadCodeLocationDocument } from "./locations.gen.ts";

/** Loads the code of a location again; what serves goes on serving until the new version has loaded. */
export function ReloadButton({ name, loading }: { readonly name: string; readonly loading: boolean }) {
  const client = useQueryClient();
  const reload = useMutation({
    mutationFn: () => execute(ReloadCodeLocationDocument, { name }),
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: `${name} was not reloaded`, message: error.message, color: "red" }),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={14} />}
      loading={reload.isPending || loading}
      aria-label={`Reload ${name}`}
      onClick={() => reload.mutate()}
    >
      Reload
    </Button>
  );
}
