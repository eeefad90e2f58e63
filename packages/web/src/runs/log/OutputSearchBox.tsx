import { Button, Group, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { OutputMatch, OutputSearch } from "./use-output-search.ts";
import styles from "./RunOutput.module.css";

/** Asks for a text, and lists the lines that have it. */
export function OutputSearchBox(props: {
  readonly search: OutputSearch;
  readonly onSearch: (text: string) => void;
  readonly onGoOn: () => void;
  readonly onChoose: (match: OutputMatch) => void;
}) {
  const [text, setText] = useState("");
  const { search } = props;
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          props.onSearch(text);
        }}
      >
        <TextInput
          aria-label="Search the output"
          placeholder="Search all of it, then Enter"
          size="xs"
          w={260}
          leftSection={<IconSearch size={14} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </form>
      {search.text === null ? null : (
        <div className={styles["matches"]} role="region" aria-label="Lines found">
          {search.matches.map((match) => (
            <UnstyledButton
              key={match.fromByte}
              className={styles["match"] ?? ""}
              onClick={() => props.onChoose(match)}
            >
              <span className="quiet">{match.lineNumber ?? ""}</span> {match.text}
            </UnstyledButton>
          ))}
          <Group gap="xs" className="quiet" fz="xs">
            <span aria-live="polite">{describe(search)}</span>
            {search.nextByte !== null && !search.isSearching ? (
              <Button variant="subtle" size="compact-xs" onClick={props.onGoOn}>
                Search on
              </Button>
            ) : null}
          </Group>
        </div>
      )}
    </>
  );
}

function describe({ matches, nextByte, isSearching, failure }: OutputSearch): string {
  if (failure !== null) return failure;
  if (isSearching) return "Searching…";
  const count = matches.length === 1 ? "1 line" : `${matches.length} lines`;
  return nextByte === null ? `${count} found` : `${count} found so far`;
}
