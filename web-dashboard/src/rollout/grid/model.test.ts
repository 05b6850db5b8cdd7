import { describe, expect, it } from "vitest";
import type { GridMessage, GridState } from "./grid.query";
import { GridModel, indexesOf, toneOf } from "./model";

const state = (given: Partial<GridState>): GridState => ({
  status: "WAITING",
  outcome: null,
  step: 0,
  outOfService: false,
  absence: null,
  ...given,
});
const WAITING = state({});
const RUNNING = state({ status: "RUNNING", step: 2 });
const FAILED = state({ status: "FINISHED", outcome: "STEP_FAILED", step: 2, outOfService: true });

const base64 = (bytes: readonly number[]) => btoa(String.fromCharCode(...bytes));

function snapshot(palette: GridState[], cells: number[], cellBytes = 1): GridMessage {
  const bytes = cellBytes === 1 ? cells : cells.flatMap((cell) => [cell & 255, cell >> 8]);
  return { __typename: "Grid", position: 10, hosts: cells.length, cellBytes, cells: base64(bytes), palette };
}

function delta(palette: GridState[], changes: [host: number, cell: number][], cellBytes = 1): GridMessage {
  const bytes = changes.flatMap(([host, cell]) => [
    ...[0, 8, 16, 24].map((shift) => (host >> shift) & 255),
    ...(cellBytes === 1 ? [cell] : [cell & 255, cell >> 8]),
  ]);
  return { __typename: "GridDelta", position: 11, after: 10, cellBytes, changes: base64(bytes), palette };
}

describe("a grid", () => {
  it("reads every host of a snapshot", () => {
    const model = new GridModel();
    expect(model.take(snapshot([WAITING, FAILED], [0, 1, 0]))).toBeNull();
    expect(model.hosts).toBe(3);
    expect(model.state(1)).toEqual(FAILED);
    expect([0, 1, 2].map((host) => model.tone(host))).toEqual(["waiting", "failed", "waiting"]);
    expect(model.position).toBe(10);
  });

  it("reads cells of two bytes, little endian", () => {
    const palette = Array.from({ length: 300 }, (_, step) => state({ status: "RUNNING", step }));
    const model = new GridModel();
    model.take(snapshot(palette, [299, 0, 256], 2));
    expect([0, 1, 2].map((host) => model.state(host)?.step)).toEqual([299, 0, 256]);
  });

  it("folds a delta, whose palette is its own", () => {
    const model = new GridModel();
    model.take(snapshot([WAITING, FAILED], [0, 1, 0, 0]));
    const changed = model.take(delta([RUNNING, WAITING], [[3, 0], [1, 1]]));
    expect([...(changed ?? [])]).toEqual([3, 1]);
    expect([0, 1, 2, 3].map((host) => model.state(host)?.status)).toEqual(["WAITING", "WAITING", "WAITING", "RUNNING"]);
    expect(model.position).toBe(11);
  });

  it("reads a delta of two bytes a cell", () => {
    const palette = Array.from({ length: 300 }, (_, step) => state({ status: "RUNNING", step }));
    const model = new GridModel();
    model.take(snapshot([WAITING], [0, 0]));
    model.take(delta(palette, [[1, 299]], 2));
    expect(model.state(1)?.step).toBe(299);
    expect(model.state(0)).toEqual(WAITING);
  });

  it("keeps a state once, however many palettes it is in", () => {
    const model = new GridModel();
    model.take(snapshot([WAITING, RUNNING], [0, 1]));
    model.take(delta([RUNNING], [[0, 0]]));
    expect(model.states).toHaveLength(2);
  });

  it("forgets what was before when a snapshot comes again", () => {
    const model = new GridModel();
    model.take(snapshot([RUNNING], [0, 0, 0]));
    expect(model.take(snapshot([FAILED], [0]))).toBeNull();
    expect(model.hosts).toBe(1);
    expect(model.tone(0)).toBe("failed");
  });

  it("passes over a host that it does not know", () => {
    const model = new GridModel();
    model.take(snapshot([WAITING], [0]));
    model.take(delta([FAILED], [[70_000, 0]]));
    expect(model.tone(0)).toBe("waiting");
  });
});

it("indexes are read four bytes each, little endian", () => {
  expect([...indexesOf(base64([7, 0, 0, 0, 16, 39, 0, 0, 80, 195, 0, 0]))]).toEqual([7, 10_000, 50_000]);
});

describe("the tone of a state", () => {
  it("is that of the outcome once there is one", () => {
    expect(toneOf(FAILED)).toBe("failed");
    expect(toneOf(RUNNING)).toBe("running");
    expect(toneOf(state({ status: "FINISHED", outcome: "LOST" }))).toBe("lost");
  });
  it("shows that a host cannot be reached, while its run goes on", () => {
    expect(toneOf({ ...RUNNING, absence: "REBOOTING" })).toBe("away");
    expect(toneOf({ ...RUNNING, absence: "OUT_OF_REACH" })).toBe("unreachable");
    expect(toneOf({ ...FAILED, absence: "OUT_OF_REACH" })).toBe("failed");
  });
});
