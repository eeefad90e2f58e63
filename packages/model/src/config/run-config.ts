/** Run config: `ops` by step key, `resources` by name. */
export interface RunConfig {
  readonly ops?: Readonly<Record<string, { readonly config?: unknown }>>;
  readonly resources?: Readonly<Record<string, { readonly config?: unknown }>>;
  readonly [key: string]: unknown;
}
