import { ExpectedError } from "@millrace/model/expected-error";

/** A value is not what a table can hold: not an array of plain objects, or a column with values of several kinds. */
export class InvalidTableValue extends ExpectedError {
  readonly code = "invalid_table_value";
}

/** The metadata of an asset's definition says something about its table that can not be. */
export class InvalidTableOptions extends ExpectedError {
  readonly code = "invalid_table_options";
}

/** The table belongs to another asset. */
export class TableTaken extends ExpectedError {
  readonly code = "table_taken";
}

/** A column holds values of another type than the rows to store bring. */
export class ColumnMismatch extends ExpectedError {
  readonly code = "column_mismatch";
}

/** Rows to store as a partition belong to another one: replacing the partition would not replace them. */
export class RowsOutsidePartition extends ExpectedError {
  readonly code = "rows_outside_partition";
}
