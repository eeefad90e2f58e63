import type { PartitionPlace } from "@millrace/model/partitions/partition-places";
import type { PartitionState } from "./partition-state.ts";

/** Places in one chunk: 1 KiB a bitmap. */
export const CHUNK_SIZE = 8_192;

/** Which of `CHUNK_SIZE` neighbouring places are materialized, and which failed. None is both. */
export interface PartitionChunk {
  readonly row: string;
  readonly chunk: number;
  readonly materialized: Buffer;
  readonly failed: Buffer;
}

/** A partition and what became of it. */
export interface PlacedState {
  readonly place: PartitionPlace;
  readonly state: PartitionState;
}

/** The chunk that a number is in. */
export function chunkOf(number: number): number {
  return Math.floor(number / CHUNK_SIZE);
}

/** A chunk in which nothing has happened. */
export function emptyChunk(row: string, chunk: number): PartitionChunk {
  return { row, chunk, materialized: Buffer.alloc(CHUNK_SIZE / 8), failed: Buffer.alloc(CHUNK_SIZE / 8) };
}

/** Notes the states of partitions in the bitmaps of their chunk, which are changed. */
export function writeStates(chunk: PartitionChunk, states: readonly PlacedState[]): void {
  for (const { place, state } of states) {
    const bit = place.number % CHUNK_SIZE;
    writeBit(chunk.materialized, bit, state === "materialized");
    writeBit(chunk.failed, bit, state === "failed");
  }
}

/** What became of the partition with this number, which is in the chunk. */
export function stateIn(chunk: PartitionChunk, number: number): PartitionState {
  const bit = number % CHUNK_SIZE;
  if (readBit(chunk.materialized, bit)) return "materialized";
  return readBit(chunk.failed, bit) ? "failed" : "missing";
}

/** How many of the first `limit` bits are set. */
export function countBits(bitmap: Buffer, limit: number = CHUNK_SIZE): number {
  let count = 0;
  const whole = Math.floor(limit / 8);
  for (let i = 0; i < whole; i++) count += BITS_OF_BYTE[bitmap[i] ?? 0] ?? 0;
  const rest = (bitmap[whole] ?? 0) & ((1 << (limit % 8)) - 1);
  return count + (BITS_OF_BYTE[rest] ?? 0);
}

const BITS_OF_BYTE: readonly number[] = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll("0", "").length,
);

function readBit(bitmap: Buffer, bit: number): boolean {
  return (((bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
}

/** Sets or clears one of the bits. */
export function writeBit(bitmap: Buffer, bit: number, isSet: boolean): void {
  const byte = bitmap[bit >> 3] ?? 0;
  bitmap[bit >> 3] = isSet ? byte | (1 << (bit & 7)) : byte & ~(1 << (bit & 7));
}
