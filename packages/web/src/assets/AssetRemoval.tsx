import { ActionIcon, Button, Group, Menu, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconDots, IconEraser } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import type { AssetDetails } from "./asset-details.ts";
import { ArchiveAssetDocument, WipeAssetDocument } from "./assets.gen.ts";

/** What can't be needed often: to forget what has happened to an asset, to put one out of sight that nothing defines. */
export function AssetRemoval({ asset }: { readonly asset: AssetDetails }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    await client.invalidateQueries();
    if (!asset.defined) await navigate({ to: "/assets" });
  };
  const wipe = useMutation({
    mutationFn: async () => requireChanged((await execute(WipeAssetDocument, { key: asset.key })).wipeAsset),
    onSuccess: leave,
    onSettled: ask.close,
    onError: (error) => showFailure("Nothing was forgotten", error),
  });
  const archive = useMutation({
    mutationFn: async () =>
      requireChanged((await execute(ArchiveAssetDocument, { key: asset.key })).archiveAsset),
    onSuccess: leave,
    onError: (error) => showFailure("The asset was not archived", error),
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label="More">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {asset.defined ? null : (
            <Menu.Item leftSection={<IconArchive size={14} />} onClick={() => archive.mutate()}>
              Archive
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconEraser size={14} />} onClick={ask.open}>
            Wipe history…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={ask.close} title={`Wipe the history of ${asset.key}?`}>
        <Text size="sm">
          Its materializations, observations and checks are forgotten, of all partitions. Stored values and
          runs stay. This can&apos;t be undone.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Cancel
          </Button>
          <Button color="red" loading={wipe.isPending} onClick={() => wipe.mutate()}>
            Wipe history
          </Button>
        </Group>
      </Modal>
    </>
  );
}

/** @throws Error with what was wrong with the input. */
function requireChanged(result: {
  readonly __typename: "AssetChanged" | "InvalidInput";
  readonly message?: string;
}): void {
  if (result.__typename === "InvalidInput") throw new Error(result.message);
}

function showFailure(title: string, error: Error): void {
  notifications.show({ title, message: error.message, color: "red" });
}
