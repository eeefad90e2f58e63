import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { relative, sep } from "node:path";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import {
  PartitionsDefinitionSchema,
  SourcePositionSchema,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { toJsonSchema, type ConfigSchema } from "millrace/internal/config/config-schema";
import { resolveSourcePosition, type SourcePosition } from "millrace/internal/definition/source-position";

/** The author's place of a definition; files of the project are relative to it, so that equal code is described equally. */
export function describeSource(
  source: SourcePosition | null,
  workingDirectory: string,
): { source?: MessageInitShape<typeof SourcePositionSchema> } {
  if (source === null) return {};
  const { file, line, column } = resolveSourcePosition(source);
  const shown = file.startsWith(workingDirectory + sep) ? relative(workingDirectory, file) : file;
  return { source: create(SourcePositionSchema, { file: shown, line, column }) };
}

/** A description, or nothing where there is none. */
export function describeText(description: string | null): { description?: string } {
  return description === null ? {} : { description };
}

/** A partitions definition in its JSON form, or nothing. */
export function describePartitions(partitions: PartitionsDefinition | null | undefined): {
  partitions?: MessageInitShape<typeof PartitionsDefinitionSchema>;
} {
  return partitions
    ? { partitions: create(PartitionsDefinitionSchema, { json: JSON.stringify(partitions) }) }
    : {};
}

/** The JSON Schema of a config, or nothing where none is taken. */
export function describeConfig(config: ConfigSchema | null): { configSchema?: string } {
  return config === null ? {} : { configSchema: JSON.stringify(toJsonSchema(config)) };
}

/** Items in the order of a name, whatever the order in the code; independent of the machine's language. */
export function sortedBy<T>(items: Iterable<T>, name: (item: T) => string): T[] {
  return [...items].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
}
