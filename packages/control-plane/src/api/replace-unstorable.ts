import { mapTexts } from "@millrace/model/map-texts";

/**
 * Any JSON value with U+FFFD in the place of what PostgreSQL can't store, U+0000 and halves of characters, in names of fields
 * too.
 */
export function replaceUnstorable<T>(value: T): T {
  return mapTexts(value, (text) => text.toWellFormed().replaceAll("\0", "\uFFFD"));
}
