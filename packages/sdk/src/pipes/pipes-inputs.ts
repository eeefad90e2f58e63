import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainNoRoom } from "@millrace/model/errors/no-room-left";
import { ParquetFile } from "../io/parquet-file.ts";
import type { ValueFormat } from "../io/value-format.ts";

/** A value that a script on Pipes gets as a file: a Parquet file as it is, or a value and the format to write it in. */
export type PipesInput = ParquetFile | { readonly value: unknown; readonly format: ValueFormat };

/**
 * Writes values into files of a folder.
 *
 * @returns What the script is told of them: `{ inputs: { orders: { path, format: "parquet" } } }`; nothing without any.
 */
export async function writePipesInputs(
  folder: string,
  inputs: Readonly<Record<string, PipesInput>>,
): Promise<Readonly<Record<string, unknown>>> {
  const places: Record<string, { readonly path: string; readonly format: string }> = {};
  for (const [index, [name, input]] of Object.entries(inputs).entries()) {
    if (input instanceof ParquetFile) {
      places[name] = { path: input.path, format: "parquet" };
      continue;
    }
    const { extension, encode } = input.format;
    const path = join(folder, `input-${index}${extension}`);
    await writeFile(path, encode(input.value)).catch((error: unknown) => {
      throw explainNoRoom(`The input ${name} can't be written for the script`, folder, error);
    });
    places[name] = { path, format: extension.replace(/^\./, "") };
  }
  return Object.keys(places).length === 0 ? {} : { inputs: places };
}
