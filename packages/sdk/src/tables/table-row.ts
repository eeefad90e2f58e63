/** One row: values by the name of the column. */
export type TableRow = Readonly<Record<string, unknown>>;
