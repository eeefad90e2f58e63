/** Rebuilds every generated file: protobuf messages, typed GraphQL documents, table types. CI compares the result with what is committed. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as typedDocument from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse, printSchema, type GraphQLSchema } from "graphql";
import { agentApiSchema } from "@millrace/control-plane/agent-api/agent-api-schema";
import { generateTables } from "@millrace/control-plane/database/generate-tables";
import { userSchema } from "@millrace/control-plane/user-api/schema";

const root = new URL("..", import.meta.url).pathname;

execFileSync("buf", ["generate"], { cwd: `${root}packages/protocol`, stdio: "inherit" });
writeSchema("packages/protocol/agent-api/schema.graphql", agentApiSchema);
writeSchema("packages/control-plane/graphql/schema.graphql", userSchema);
await generateDocuments(
  "packages/protocol/agent-api/schema.graphql",
  "packages/protocol/agent-api/documents.graphql",
  "packages/protocol/src/agent-api.gen.ts",
);
await generateDocuments(
  "packages/control-plane/graphql/schema.graphql",
  "packages/cli/src/user-api/documents.graphql",
  "packages/cli/src/user-api/documents.gen.ts",
);
await generateDocuments(
  "packages/control-plane/graphql/schema.graphql",
  "packages/client/src/connection/documents.graphql",
  "packages/client/src/connection/documents.gen.ts",
);
for (const noun of [
  "agents",
  "assets",
  "automation",
  "backfills",
  "bulk",
  "jobs",
  "locations",
  "pools",
  "runs",
]) {
  await generateDocuments(
    "packages/control-plane/graphql/schema.graphql",
    `packages/web/src/${noun}/${noun}.graphql`,
    `packages/web/src/${noun}/${noun}.gen.ts`,
  );
}
await generateDocuments(
  "packages/control-plane/graphql/schema.graphql",
  "packages/web/src/layout/deployment.graphql",
  "packages/web/src/layout/deployment.gen.ts",
);

await generateTables(`${root}packages/control-plane/src/database/tables.gen.ts`);

/** Writes what the code defines, in the format that `npm run check` asks for. */
function writeSchema(file: string, schema: GraphQLSchema): void {
  writeFileSync(root + file, `${printSchema(schema)}\n`);
  execFileSync("oxfmt", [file], { cwd: root, stdio: "inherit" });
}

/** Writes types and typed documents (as text, so that no client needs a GraphQL parser) for one schema. */
async function generateDocuments(
  schemaFile: string,
  documentsFile: string,
  outputFile: string,
): Promise<void> {
  const config = {
    documentMode: "string",
    enumType: "string-literal",
    useTypeImports: true,
    scalars: { JSON: "unknown", Base64: "string", ID: "string", DateTime: "string" },
    defaultScalarType: "unknown",
    avoidOptionals: false,
    skipTypename: true,
  };
  const output = await codegen({
    filename: outputFile,
    schema: parse(readFileSync(root + schemaFile, "utf8")),
    documents: [{ location: documentsFile, document: parse(readFileSync(root + documentsFile, "utf8")) }],
    config,
    plugins: [{ "typescript-operations": config }, { "typed-document-node": config }],
    pluginMap: { "typescript-operations": operations, "typed-document-node": typedDocument },
  });
  writeFileSync(root + outputFile, `${output}\n`);
}
