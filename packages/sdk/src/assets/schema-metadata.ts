import { isObject } from "@millrace/model/config/json-schema";
import { listSchemaColumns } from "@millrace/model/config/schema-columns";
import { metadata, type MetadataRecord } from "../metadata/metadata.ts";
import type { AssetSchema } from "./value-schema.ts";

/** The columns of rows that a schema describes, as `column_schema`; none when it describes no rows, or its library can't tell. */
export function schemaMetadata(schema: AssetSchema | null): MetadataRecord {
  const columns = schema === null ? [] : listSchemaColumns(describeSchema(schema));
  return columns.length === 0 ? {} : { column_schema: metadata.tableSchema(columns) };
}

/** The JSON Schema of what may be returned; an empty one where the library of the schema can't describe it. */
function describeSchema({ standard }: AssetSchema): object {
  const converter: unknown = "jsonSchema" in standard ? standard.jsonSchema : null;
  if (!isObject(converter) || typeof converter["input"] !== "function") return {};
  try {
    // Of what JSON has no word for, such as a date, zod says nothing then, where it would refuse the whole.
    const libraryOptions = { unrepresentable: "any" };
    const document: unknown = converter["input"]({ target: "draft-2020-12", libraryOptions });
    return isObject(document) ? document : {};
  } catch {
    return {};
  }
}
