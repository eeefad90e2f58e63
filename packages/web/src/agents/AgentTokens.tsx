import { Button, Code, Group, Modal, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { useLiveQuery } from "../graphql/live-query.ts";
import { CopyText } from "../ui/CopyableId.tsx";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Section } from "../ui/Page.tsx";
import { Age } from "../ui/Time.tsx";
import {
  AgentTokensDocument,
  type AgentTokensQuery,
  CreateAgentTokenDocument,
  RevokeAgentTokenDocument,
} from "./agents.gen.ts";

type Token = AgentTokensQuery["agentTokens"][number];

const COLUMNS: readonly Column<Token>[] = [
  { header: "Name", cell: (token) => token.name, phone: "title" },
  { header: "Queues", cell: (token) => token.queues?.join(", ") ?? <span className="quiet">every one</span> },
  { header: "Created", cell: (token) => <Age at={token.createdAt} /> },
  { header: "Last used", cell: (token) => <Age at={token.lastUsedAt} none="never" /> },
  {
    header: "",
    align: "right",
    cell: (token) =>
      token.revokedAt ? (
        <span className="quiet">
          revoked <Age at={token.revokedAt} />
        </span>
      ) : (
        <RevokeButton token={token} />
      ),
  },
];

/** The tokens that let agents in; a new one is shown once, because only its hash is kept. */
export function AgentTokens() {
  const { data } = useLiveQuery(AgentTokensDocument, {}, { topics: ["agents"] });
  const [open, dialog] = useDisclosure(false);
  const tokens = data?.agentTokens ?? [];
  return (
    <Section
      title="Agent tokens"
      actions={
        <Button variant="default" leftSection={<IconPlus size={14} />} onClick={dialog.open}>
          Create token
        </Button>
      }
    >
      {tokens.length === 0 ? (
        <Text size="sm" className="quiet">
          No tokens yet. An agent needs one to ask for work.
        </Text>
      ) : (
        <DataTable
          label="Agent tokens"
          columns={COLUMNS}
          rows={tokens}
          rowKey={(token) => token.id}
          isDimmed={(token) => token.revokedAt !== null}
        />
      )}
      {open ? <CreateTokenDialog onClose={dialog.close} /> : null}
    </Section>
  );
}

function CreateTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [queues, setQueues] = useState("");
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => execute(CreateAgentTokenDocument, { name: name.trim(), queues: readQueues(queues) }),
    onSuccess: () => client.invalidateQueries(),
  });
  const token = create.data?.createAgentToken.token;
  return (
    <Modal
      opened
      onClose={onClose}
      title={token ? "Copy the token now" : "Create an agent token"}
      closeOnClickOutside={!token}
    >
      {token ? (
        <>
          <Text size="sm" mb="sm">
            It is shown this once. Give it to the agent as <Code>MILLRACE_AGENT_TOKEN</Code>.
          </Text>
          <Group wrap="nowrap" gap={6}>
            <Code
              block
              style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap", flex: 1 }}
              aria-label="Token"
            >
              {token}
            </Code>
            <CopyText text={token} label="Copy token" />
          </Group>
          <Group justify="flex-end" mt="md">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <TextInput
            label="Name"
            description="Where it will be used, such as the name of a cluster."
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={create.error?.message}
          />
          <TextInput
            mt="sm"
            label="Queues"
            description="Those whose work its agents may do, with spaces between them. Empty: every one."
            value={queues}
            onChange={(event) => setQueues(event.currentTarget.value)}
          />
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={name.trim() === ""} loading={create.isPending}>
              Create token
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

/** Null: every queue. */
function readQueues(text: string): string[] | null {
  const names = text.split(/\s+/).filter((name) => name !== "");
  return names.length === 0 ? null : names;
}

function RevokeButton({ token }: { readonly token: Token }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => execute(RevokeAgentTokenDocument, { id: token.id }),
    onSettled: () => {
      ask.close();
      return client.invalidateQueries();
    },
    onError: (error) =>
      notifications.show({ title: "The token was not revoked", message: error.message, color: "red" }),
  });
  return (
    <>
      <Button
        variant="subtle"
        color="red"
        size="compact-xs"
        aria-label={`Revoke ${token.name}`}
        onClick={ask.open}
      >
        Revoke
      </Button>
      <Modal opened={asking} onClose={ask.close} title={`Revoke ${token.name}?`}>
        <Text size="sm">Agents that use it get no more work from now on. This can&apos;t be undone.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Cancel
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke token
          </Button>
        </Group>
      </Modal>
    </>
  );
}
