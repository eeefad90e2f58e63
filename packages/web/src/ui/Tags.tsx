import { Badge, Group } from "@mantine/core";

/** Tags as `key: value`; long ones are cut, the whole text shows on hover. */
export function Tags({ tags }: { readonly tags: readonly { readonly key: string; readonly value: string }[] }) {
  if (tags.length === 0) return null;
  return (
    <Group gap={4}>
      {tags.map((tag) => {
        const text = tag.value === "" ? tag.key : `${tag.key}: ${tag.value}`;
        return (
          <Badge key={tag.key} color="gray" tt="none" fw={500} maw={280} title={text}>
            {text}
          </Badge>
        );
      })}
    </Group>
  );
}

/** The kinds of an asset, such as `duckdb` or `table`. */
export function Kinds({ kinds }: { readonly kinds: readonly string[] }) {
  return (
    <Group gap={4} component="span">
      {kinds.map((kind) => (
        <Badge key={kind} color="gray" tt="none" fw={500} size="sm" component="span">
          {kind}
        </Badge>
      ))}
    </Group>
  );
}
