import type { ColumnSource, TableCell, TableColumn } from "@millrace/model/metadata";
import { Anchor, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { formatCount } from "../number-format.ts";
import styles from "./MetadataTables.module.css";

const FIRST_ROWS = 20;

/** The records of a `table` value; the first few, all on demand. */
export function RecordsTable(props: {
  readonly label: string;
  readonly records: readonly Readonly<Record<string, TableCell>>[];
  readonly columns: readonly TableColumn[];
  readonly leftOut: number;
}) {
  const [all, setAll] = useState(false);
  const names =
    props.columns.length > 0
      ? props.columns.map((column) => column.name)
      : Object.keys(props.records[0] ?? {});
  const rows = all ? props.records : props.records.slice(0, FIRST_ROWS);
  return (
    <>
      <SmallTable
        label={props.label}
        headers={names}
        rows={rows.map((record) => names.map((name) => <Cell key={name} value={record[name]} />))}
      />
      {rows.length < props.records.length ? (
        <Button variant="subtle" mt={4} onClick={() => setAll(true)}>
          Show all {props.records.length} rows
        </Button>
      ) : null}
      {props.leftOut > 0 ? (
        <div className="quiet">{formatCount(props.leftOut)} more rows were too large to be kept</div>
      ) : null}
    </>
  );
}

/** The columns of a `table_schema` value. */
export function SchemaTable({
  label,
  columns,
}: {
  readonly label: string;
  readonly columns: readonly TableColumn[];
}) {
  const rows = columns.map((column) => [
    <span key="name" className="mono">
      {column.name}
    </span>,
    <span key="type" className="mono quiet">
      {column.type}
    </span>,
    [column.nullable === false ? "not null" : "", column.unique ? "unique" : ""].filter(Boolean).join(", "),
    column.description ?? "",
  ]);
  return <SmallTable label={label} headers={["Column", "Type", "Constraints", "Description"]} rows={rows} />;
}

/** Where each column comes from, with links to the upstream assets. */
export function ColumnLineage(props: {
  readonly label: string;
  readonly columns: Readonly<Record<string, readonly ColumnSource[]>>;
}) {
  const rows = Object.entries(props.columns).map(([column, sources]) => [
    <span key="column" className="mono">
      {column}
    </span>,
    <span key="from">
      {sources.map((source) => (
        <div key={`${source.assetKey} ${source.column}`}>
          <Anchor
            fz="inherit"
            renderRoot={(anchor) => <Link to="/assets/$" params={{ _splat: source.assetKey }} {...anchor} />}
          >
            {source.assetKey}
          </Anchor>{" "}
          <span className="mono quiet">{source.column}</span>
        </div>
      ))}
    </span>,
  ]);
  return <SmallTable label={props.label} headers={["Column", "From"]} rows={rows} />;
}

function SmallTable(props: {
  readonly label: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly React.ReactNode[])[];
}) {
  return (
    <div className={styles["scroll"]} tabIndex={0} role="region" aria-label={props.label}>
      <table className={styles["table"]} aria-label={props.label}>
        <thead>
          <tr>
            {props.headers.map((header) => (
              <th key={header} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row, index) => (
            // Rows of a metadata value have no identity of their own and never move.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={props.headers[column]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ value }: { readonly value: TableCell | undefined }) {
  if (value === null || value === undefined) return <span className="quiet">–</span>;
  if (typeof value === "number") return <span className={styles["number"]}>{formatCount(value)}</span>;
  return <span>{String(value)}</span>;
}
