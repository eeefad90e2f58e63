/**
 * Refuses options that nobody reads: the compiler does so too, but not every test is checked by it.
 *
 * @param what whose options these are, as an author writes it.
 * @throws TypeError
 */
export function requireOptions(what: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`${what} has no option "${unknown}": its options are ${names.join(", ")}`);
}
