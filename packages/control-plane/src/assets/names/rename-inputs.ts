import type { Provenance } from "@millrace/model/data-version";

/** What something was made from, with the keys that these assets have today. */
export function renameInputs<P extends Provenance>(provenance: P, renamed: ReadonlyMap<string, string>): P {
  const inputs = Object.entries(provenance.inputDataVersions);
  if (!inputs.some(([key]) => renamed.has(key))) return provenance;
  const inputDataVersions = Object.fromEntries(
    inputs.map(([key, version]) => [renamed.get(key) ?? key, version]),
  );
  return { ...provenance, inputDataVersions };
}
