import { builder } from "../graphql/builder.ts";
import { DEFINITION_KINDS } from "./changes/describe-definitions.ts";
import type { VersionChanges } from "./compare-versions.ts";
import type { ChangeCount, DefinitionChange, FieldChange } from "./changes/diff-snapshots.ts";

const DefinitionKindType = builder.enumType("DefinitionKind", { values: DEFINITION_KINDS });

const ChangeType = builder.enumType("DefinitionChangeType", { values: ["added", "removed", "changed"] });

/** One field that is different. */
export const FieldChangeType = builder.objectRef<FieldChange>("FieldChange").implement({
  fields: (t) => ({
    field: t.exposeString("field"),
    before: t.expose("before", {
      type: "JSON",
      nullable: true,
      description: "Null: it had none. Of more than 2000 characters, a text with the first of them.",
    }),
    after: t.expose("after", { type: "JSON", nullable: true }),
  }),
});

const DefinitionChangeType = builder.objectRef<DefinitionChange>("DefinitionChange").implement({
  fields: (t) => ({
    kind: t.expose("kind", { type: DefinitionKindType }),
    name: t.exposeString("name", { description: "Of a check `asset:check`." }),
    change: t.expose("change", { type: ChangeType }),
    fields: t.expose("fields", { type: [FieldChangeType] }),
  }),
});

const ChangeCountType = builder.objectRef<ChangeCount>("DefinitionChangeCount").implement({
  fields: (t) => ({
    kind: t.expose("kind", { type: DefinitionKindType }),
    added: t.exposeInt("added"),
    removed: t.exposeInt("removed"),
    changed: t.exposeInt("changed"),
  }),
});

/** What is different between two versions of a code location. */
export const VersionChangesType = builder.objectRef<VersionChanges>("LocationChanges").implement({
  fields: (t) => ({
    from: t.exposeInt("from"),
    to: t.exposeInt("to"),
    document: t.expose("document", { type: [FieldChangeType] }),
    isCodeChanged: t.exposeBoolean("isCodeChanged", {
      nullable: true,
      description: "Whether the code itself differs, also where it defines the same; null: not known.",
    }),
    counts: t.expose("counts", { type: [ChangeCountType] }),
    changes: t.expose("changes", {
      type: [DefinitionChangeType],
      description: "By kind and name; the first 200.",
    }),
    hasMore: t.exposeBoolean("hasMore"),
  }),
});
