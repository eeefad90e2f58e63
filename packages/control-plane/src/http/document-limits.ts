import { GraphQLError, type ASTVisitor, type ValidationContext, type ValidationRule } from "graphql";

/** Names and signs of a document; the largest of the page's has 600. */
export const MAX_DOCUMENT_TOKENS = 10_000;
/** Fields inside fields; introspection has 13. */
const MAX_DEPTH = 20;
/** Fields under another name than their own: each may cost as much as the field. */
const MAX_ALIASES = 100;

/** Refuses documents whose fields are nested deeper than any page asks, through fragments too. */
export const limitDepth: ValidationRule = (context) => {
  const known = new Map<string, number>();
  return {
    OperationDefinition(operation) {
      if (depthOf(context, operation.selectionSet, known, new Set()) > MAX_DEPTH)
        context.reportError(
          new GraphQLError(`A document may be ${MAX_DEPTH} fields deep, and this one is deeper`, {
            nodes: operation,
          }),
        );
    },
  };
};

/** Refuses documents that ask for the same fields again and again under other names. */
export const limitAliases: ValidationRule = (context): ASTVisitor => {
  let aliases = 0;
  return {
    Field(field) {
      if (field.alias === undefined || ++aliases !== MAX_ALIASES + 1) return;
      context.reportError(
        new GraphQLError(`A document may rename ${MAX_ALIASES} fields, and this one renames more`, {
          nodes: field,
        }),
      );
    },
  };
};

type Selections = NonNullable<ReturnType<ValidationContext["getFragment"]>>["selectionSet"];

function depthOf(
  context: ValidationContext,
  { selections }: Selections,
  known: Map<string, number>,
  inside: ReadonlySet<string>,
): number {
  let depth = 0;
  for (const selection of selections) {
    depth = Math.max(depth, depthOfSelection(context, selection, known, inside));
  }
  return depth;
}

function depthOfSelection(
  context: ValidationContext,
  selection: Selections["selections"][number],
  known: Map<string, number>,
  inside: ReadonlySet<string>,
): number {
  switch (selection.kind) {
    case "Field":
      return 1 + (selection.selectionSet ? depthOf(context, selection.selectionSet, known, inside) : 0);
    case "InlineFragment":
      return depthOf(context, selection.selectionSet, known, inside);
    case "FragmentSpread": {
      const name = selection.name.value;
      const fragment = context.getFragment(name);
      // A fragment inside itself, or one that is not there, is what other rules report.
      if (!fragment || inside.has(name)) return 0;
      const depth =
        known.get(name) ?? depthOf(context, fragment.selectionSet, known, new Set([...inside, name]));
      known.set(name, depth);
      return depth;
    }
  }
}
