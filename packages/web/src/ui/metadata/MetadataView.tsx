import { Anchor, Code } from "@mantine/core";
import type { MetadataValue } from "@millrace/model/metadata";
import { Link } from "@tanstack/react-router";
import { formatCount } from "../number-format.ts";
import { JsonBlock } from "../JsonBlock.tsx";
import { LazyMarkdown } from "../LazyMarkdown.tsx";
import { Age } from "../Time.tsx";
import { ColumnLineage, RecordsTable, SchemaTable } from "./MetadataTables.tsx";
import { ValueBoundary } from "./ValueBoundary.tsx";
import { safeUrl } from "../safe-url.ts";

/** One metadata value in the way its type asks for. Nothing of it is ever run: SVG is an image, Markdown has no HTML. */
export function MetadataView(props: { readonly name: string; readonly value: MetadataValue }) {
  return (
    <ValueBoundary {...props}>
      <DrawnValue {...props} />
    </ValueBoundary>
  );
}

function DrawnValue({ name, value }: { readonly name: string; readonly value: MetadataValue }) {
  switch (value.type) {
    case "text":
      return <span style={{ whiteSpace: "pre-wrap" }}>{value.text}</span>;
    case "url":
      return <OutsideLink url={value.url} />;
    case "path":
    case "notebook":
      return <Code>{value.path}</Code>;
    case "md":
      return <LazyMarkdown text={value.md} />;
    case "svg":
      return <SvgImage svg={value.svg} label={name} />;
    case "int":
    case "float":
      return <span className="tabular">{formatCount(value.value)}</span>;
    case "bool":
      return <span>{value.value ? "true" : "false"}</span>;
    case "null":
      return <span className="quiet">null</span>;
    case "timestamp":
      return <Age at={new Date(value.timestamp * 1_000)} />;
    case "dagster_run":
      return (
        <Anchor
          renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: value.runId }} {...props} />}
          className="mono"
        >
          {value.runId}
        </Anchor>
      );
    case "job":
      return (
        <Anchor
          renderRoot={(props) => (
            <Link
              to="/jobs/$location/$job"
              params={{ location: value.location, job: value.job }}
              {...props}
            />
          )}
        >
          {value.job}
        </Anchor>
      );
    case "asset":
      return (
        <Anchor
          renderRoot={(props) => <Link to="/assets/$" params={{ _splat: value.assetKey }} {...props} />}
        >
          {value.assetKey}
        </Anchor>
      );
    case "pool":
      return <span>{value.pool}</span>;
    case "python_artifact":
      return <Code>{`${value.module}.${value.name}`}</Code>;
    case "table":
      return (
        <RecordsTable
          label={name}
          records={value.records}
          columns={value.columns}
          leftOut={value.leftOut ?? 0}
        />
      );
    case "table_schema":
      return <SchemaTable label={name} columns={value.columns} />;
    case "column_lineage":
      return <ColumnLineage label={name} columns={value.columns} />;
    case "code_references":
      return (
        <>
          {value.references.map((reference) => (
            <div key={`${reference.file}:${reference.line ?? ""}`} className="mono">
              {reference.label ?? reference.file}
              {reference.line ? `:${reference.line}` : ""}
            </div>
          ))}
        </>
      );
    case "json":
    case "unknown":
      return <JsonBlock value={value.json} label={name} />;
  }
}

function OutsideLink({ url }: { readonly url: string }) {
  const href = safeUrl(url);
  if (href === null) return <span>{url}</span>;
  return (
    <Anchor href={href} target="_blank" rel="noreferrer" fz="sm">
      {url}
    </Anchor>
  );
}

/** An image element can neither run scripts nor load anything from elsewhere, whatever the SVG contains. */
function SvgImage({ svg, label }: { readonly svg: string; readonly label: string }) {
  return (
    <img
      src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`}
      alt={label}
      style={{ maxWidth: "100%", height: "auto", display: "block", background: "#fff", borderRadius: 4 }}
    />
  );
}
