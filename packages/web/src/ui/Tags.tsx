import { Group } from "@mantine/core";
import styles from "./Tags.module.css";

/** A word on a quiet ground. */
export function Chip({ text }: { readonly text: string }) {
  return (
    <span className={styles["chip"]} title={text}>
      {text}
    </span>
  );
}

/** Tags as `key: value`; long ones are cut, the whole text shows on hover. */
export function Tags({
  tags,
}: {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}) {
  const texts = tags.map((tag) => (tag.value === "" ? tag.key : `${tag.key}: ${tag.value}`));
  return <Chips texts={texts} />;
}

/** Kinds of an asset, queues of an agent: words beside each other. */
export function Chips({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <Group gap={4} component="span">
      {texts.map((text) => (
        <Chip key={text} text={text} />
      ))}
    </Group>
  );
}
