import { getNamedType, isInputObjectType, type GraphQLField, type GraphQLSchema } from "graphql";
import SchemaBuilder from "@pothos/core";
import { expect, test } from "vitest";
import { agentApiSchema } from "../agent-api/agent-api-schema.ts";
import { userSchema } from "../user-api/schema.ts";
import type { ChangeRule } from "./guard-user-api.ts";
import "./access-plugin.ts";

/** A schema of its own, in which the types can be broken on purpose. */
function createBuilder() {
  const builder = new SchemaBuilder<{ Access: "look"; MutationAccess: "change"; Context: object }>({
    plugins: ["access"],
    access: { guard: (_rule, _request, resolve) => resolve(), renew: async () => {} },
  });
  builder.queryType({});
  builder.mutationType({});
  builder.subscriptionType({});
  return builder;
}

test("a root field that does not say who may ask for it does not compile, and its schema can't be built", () => {
  const query = createBuilder();
  // @ts-expect-error `access` is missing
  query.queryField("open", (t) => t.string({ resolve: () => "" }));
  expect(() => query.toSchema()).toThrow("Query.open does not say who may ask for it: give it `access`");

  const mutation = createBuilder();
  mutation.queryField("fine", (t) => t.string({ access: "look", resolve: () => "" }));
  // @ts-expect-error `access` is missing
  mutation.mutationField("open", (t) => t.boolean({ resolve: () => true }));
  expect(() => mutation.toSchema()).toThrow("Mutation.open");

  const subscription = createBuilder();
  subscription.queryField("fine", (t) => t.string({ access: "look", resolve: () => "" }));
  subscription.subscriptionField("open", (t) =>
    // @ts-expect-error `access` is missing
    t.string({ subscribe: async function* () {}, resolve: () => "" }),
  );
  expect(() => subscription.toSchema()).toThrow("Subscription.open");
});

test("an action that the table does not have does not compile", () => {
  const builder = createBuilder();
  // @ts-expect-error there is no such rule
  builder.queryField("typo", (t) => t.string({ access: "lok", resolve: () => "" }));
  // @ts-expect-error a mutation says that it changes something
  builder.mutationField("read", (t) => t.string({ access: "look", resolve: () => "" }));
  builder.objectType(builder.objectRef<object>("Thing"), {
    // @ts-expect-error neither do types know others
    access: "lok",
    fields: (t) => ({ name: t.string({ resolve: () => "" }) }),
  });

  // Which rules there are is known to types alone; at run time the guard has the last word.
  expect(Object.keys(builder.toSchema().getMutationType()?.getFields() ?? {})).toEqual(["read"]);
});

test("the record of a mutation names arguments that there are", () => {
  const wrong = rootFields(userSchema, "Mutation").flatMap((field) =>
    (accessOf(field) as ChangeRule).audit
      .filter((path) => !hasArgument(field, path))
      .map((path) => `${field.name}: ${path}`),
  );

  expect(wrong).toEqual([]);
});

test("what takes the token of an agent says which agent, where its rule is about one", () => {
  const ofAgents = rootFields(agentApiSchema, "Mutation").filter((field) => accessOf(field) === "agent");

  expect(ofAgents.length).toBeGreaterThan(5);
  for (const field of ofAgents) {
    const prefix = field.args.some(({ name }) => name === "input") ? "input." : "";
    expect([field.name, hasArgument(field, `${prefix}agentId`)]).toEqual([field.name, true]);
  }
});

test("what needs the token of a run says which run and attempt it is about", () => {
  const fields = [...rootFields(agentApiSchema, "Query"), ...rootFields(agentApiSchema, "Mutation")];
  const ofRuns = fields.filter((field) => ["run", "open run"].includes(String(accessOf(field))));

  expect(ofRuns.length).toBeGreaterThan(5);
  for (const field of ofRuns) {
    const prefix = field.args.some(({ name }) => name === "input") ? "input." : "";
    expect([hasArgument(field, `${prefix}runId`), hasArgument(field, `${prefix}attempt`)]).toEqual([
      true,
      true,
    ]);
  }
});

function rootFields(schema: GraphQLSchema, root: "Query" | "Mutation"): GraphQLField<unknown, unknown>[] {
  const type = root === "Query" ? schema.getQueryType() : schema.getMutationType();
  return Object.values(type?.getFields() ?? {});
}

function accessOf(field: GraphQLField<unknown, unknown>): unknown {
  return (field.extensions["pothosOptions"] as { readonly access?: unknown }).access;
}

function hasArgument(field: GraphQLField<unknown, unknown>, path: string): boolean {
  const [name, inner] = path.split(".");
  const argument = field.args.find((candidate) => candidate.name === name);
  if (argument === undefined || inner === undefined) return argument !== undefined;
  const type = getNamedType(argument.type);
  return isInputObjectType(type) && inner in type.getFields();
}
