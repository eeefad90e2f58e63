import type { Asset, AssetContext, Handle, IoManager, Job, Op, Resource, TimePartitionsOf } from "millrace";
import type { Client, Run } from "millrace-client";

/**
 * The shop that examples in doc comments speak of: what they may use without saying where it comes from. Types only:
 * these examples are type-checked, not run.
 */
export interface Order {
  readonly id: number;
  readonly total: number;
}

export interface User {
  readonly name: string;
}

export interface Warehouse {
  readonly path: string;
  close(): Promise<void>;
  replaceTable(name: string | null, rows: unknown): Promise<void>;
  readTable(name: string | null): Promise<unknown>;
}

export declare const rawOrders: Asset<Order[], undefined>;
export declare const cleanOrders: Asset<Order[], undefined>;
export declare const orders: Asset<Order[], undefined>;
export declare const warehouse: Resource<Warehouse>;
export declare const files: IoManager;
export declare const erp: IoManager;
export declare const dailyJob: Job;
export declare const salesByDay: Asset<number, TimePartitionsOf<"daily">>;
export declare const loadFiles: Job;
export declare const context: AssetContext;
export declare const path: string;
export declare const client: Client;
export declare const run: Run;

export declare const sendPing: Op<[], Handle<void>>;
export declare const one: Op<[], Handle<number>>;
export declare const two: Op<[], Handle<number>>;
export declare const sum: Op<[number[]], Handle<number>>;
export declare const count: Op<[number[]], Handle<number>>;
export declare const fetchFile: Op<[], Handle<string>>;
export declare const storeFile: Op<[string], Handle<void>>;
export declare const divide: Op<[number, number], Handle<number>>;

export declare function loadOrders(): Promise<Order[]>;
export declare function loadUsers(): Promise<User[]>;
export declare function submitExport(): Promise<{ readonly id: string }>;
export declare function findExport(id: string): Promise<Order[] | null>;
export declare function hashOfFile(path: string): Promise<string>;
export declare function listFilesAfter(name: string | null): Promise<string[]>;
export declare function openWarehouse(path: string): Promise<Warehouse>;
