import type { ReactNode } from "react";
import styles from "./DataTable.module.css";

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  readonly align?: "right";
  /** On a phone each row is a card: its `title` line, `line`s of their own, or pieces that flow together (default). */
  readonly phone?: "title" | "line" | "hidden";
  /** CSS width; default: as wide as needed. */
  readonly width?: string;
}

/** A table on a wide screen, a list of cards on a phone; the roles are those of a table on both. */
export function DataTable<Row>(props: {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly isDimmed?: (row: Row) => boolean;
}) {
  return (
    <table role="table" aria-label={props.label} className={styles["table"]}>
      <thead role="rowgroup">
        <tr role="row">
          {props.columns.map((column) => (
            <th
              key={column.header}
              role="columnheader"
              scope="col"
              style={{ width: column.width }}
              data-align={column.align}
            >
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {props.rows.map((row) => (
          <tr role="row" key={props.rowKey(row)} data-dimmed={props.isDimmed?.(row) || undefined}>
            {props.columns.map((column) => (
              <td key={column.header} role="cell" data-align={column.align} data-phone={column.phone}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
