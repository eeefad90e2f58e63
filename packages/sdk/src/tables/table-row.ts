/**
 * Rows as an asset may return them for a table: an array, or an iterator or async iterable that is read row by row; nothing, when the
 * asset has filled its table itself.
 */
export type TableRows = readonly object[] | AsyncIterable<object> | IterableIterator<object> | undefined;

/** One row: values by the name of the column. */
export type TableRow = Readonly<Record<string, unknown>>;
