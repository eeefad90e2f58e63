import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type PothosOutputFieldType,
  type SchemaTypes,
  type TypeParam,
} from "@pothos/core";
import type { GraphQLFieldResolver } from "graphql";

/** How an API decides about one request for a field. */
export interface AccessGuard<Context, Rule> {
  /**
   * Lets the field be resolved by calling `resolve`, or throws an expected error. The one place where an API decides; it is asked
   * for every root field, and for every field of whatever type that holds something with a rule of its own.
   */
  readonly guard: (rule: Rule, request: GuardedRequest<Context>, resolve: () => unknown) => unknown;
  /** Asked before each event of a subscription is told: what was allowed when it began may not be any more. */
  readonly renew: (rule: Rule, context: Context) => Promise<void>;
}

/** What is asked for. */
export interface GuardedRequest<Context> {
  /** Such as `Mutation.launchRun`. */
  readonly field: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly context: Context;
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      access: AccessPlugin<Types>;
    }
    export interface UserSchemaTypes {
      /** What a query or subscription says about who may ask it; the same for types. */
      Access: unknown;
      /** What a mutation says about that. */
      MutationAccess: unknown;
    }
    export interface ExtendDefaultTypes<PartialTypes extends Partial<UserSchemaTypes>> {
      Access: PartialTypes["Access"];
      MutationAccess: PartialTypes["MutationAccess"];
    }
    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      access: AccessGuard<Types["Context"], Types["Access"] | Types["MutationAccess"]>;
    }
    export interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      access: Types["Access"];
    }
    export interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      access: Types["Access"];
    }
    export interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      access: Types["MutationAccess"];
    }
    export interface ObjectFieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      /** Default: whoever may see the object may see the field. */
      access?: Types["Access"];
    }
    export interface ObjectTypeOptions<Types extends SchemaTypes, Shape> {
      /** Who may see such an object, by whatever field they come to it. Default: whoever may ask for that field. */
      access?: Types["Access"];
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types["Context"], object>;

/** Asks the API's guard where a field, or the type it returns, has a rule; a root field without one fails the build of the schema. */
class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const isRoot = field.kind === "Query" || field.kind === "Mutation" || field.kind === "Subscription";
    if (isRoot && accessOf(field.pothosOptions) === undefined)
      throw new Error(`${nameOf(field)} does not say who may ask for it: give it \`access\``);
    return field;
  }

  override wrapResolve(resolver: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const own = accessOf(field.pothosOptions);
    const rules = [own, this.accessOfType(field.type)].filter((rule) => rule !== undefined);
    const { guard } = this.builder.options.access;
    return rules.reduceRight<Resolver<Types>>(
      (inner, rule) => (parent, args, context, info) =>
        guard(rule, { field: nameOf(field), args: { ...args }, context }, () =>
          inner(parent, args, context, info),
        ),
      resolver,
    );
  }

  override wrapSubscribe(
    subscribe: Resolver<Types> | undefined,
    field: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> | undefined {
    const rule = accessOf(field.pothosOptions);
    if (subscribe === undefined || rule === undefined) return subscribe;
    const { guard, renew } = this.builder.options.access;
    return async (parent, args, context, info) => {
      const request = { field: nameOf(field), args: { ...args }, context };
      const events = await guard(rule, request, () => subscribe(parent, args, context, info));
      return renewed(events as AsyncIterable<unknown>, () => renew(rule, context));
    };
  }

  private accessOfType(type: PothosOutputFieldType<Types>): Types["Access"] | undefined {
    if (type.kind === "List") return this.accessOfType(type.type);
    return type.kind === "Object"
      ? accessOf(this.builder.configStore.getTypeConfig(type.ref).pothosOptions)
      : undefined;
  }
}

SchemaBuilder.registerPlugin("access", AccessPlugin);

/** The events, for as long as `renew` does not throw. */
async function* renewed(events: AsyncIterable<unknown>, renew: () => Promise<void>): AsyncGenerator {
  for await (const event of events) {
    await renew();
    yield event;
  }
}

function accessOf(options: object): unknown {
  return "access" in options ? options.access : undefined;
}

function nameOf({ parentType, name }: { readonly parentType: string; readonly name: string }): string {
  return `${parentType}.${name}`;
}
