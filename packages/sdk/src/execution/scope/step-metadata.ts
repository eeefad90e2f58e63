import type { Metadata } from "@millrace/model/metadata";
import type { Logger } from "../../context/logger.ts";
import type { MetadataRecord } from "../../metadata/metadata.ts";
import { listFunctions, toMetadata } from "../../metadata/to-metadata.ts";

/**
 * Named metadata of what a step made, as it travels; the step's log says where a function is given, which nobody calls.
 *
 * @param what what it is said of, as a sentence goes on.
 */
export function toStepMetadata(log: Logger, what: string, record: MetadataRecord | undefined): Metadata {
  for (const name of listFunctions(record))
    log.warning(`Metadata "${name}" of ${what} is a function, which nobody calls: give what it returns`);
  return toMetadata(record);
}
