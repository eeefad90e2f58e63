/** Halvings: of ten seconds a hundredth is left, of a day a minute and a half. */
const HALVINGS = 10;

/**
 * Looks for a prefix of a simulation that failed, as short as can be found, which fails too: what happens after it was not needed. By
 * halving, as if each longer prefix failed as well; mostly it does.
 *
 * @param seconds of the simulation that failed.
 * @param fails whether it fails when nothing more is done and harmed after so many seconds.
 * @returns the shortest prefix that was seen to fail, in seconds.
 */
export async function findShortestPrefix(
  seconds: number,
  fails: (until: number) => Promise<boolean>,
): Promise<number> {
  let failing = seconds;
  let holding = 0;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = Math.ceil(((holding + failing) / 2) * 1_000) / 1_000;
    if (middle >= failing) break;
    if (await fails(middle)) failing = middle;
    else holding = middle;
  }
  return failing;
}
