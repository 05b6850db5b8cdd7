import { describe, expect, it } from "vitest";
import { byBatch, byLabel, type Group } from "./grouping";
import { layOut, placeAt, spotOf, step } from "./layout";

const groupsOf = (sizes: readonly number[]): Group[] => {
  let first = 0;
  return sizes.map((count, at) => {
    const group = { label: String(at + 1), first, count };
    first += count;
    return group;
  });
};
const PATCH = groupsOf([100, 500, ...Array.from({ length: 9 }, () => 1_000), 400]);
const CLUSTERS = groupsOf(Array.from({ length: 200 }, () => 50));
const FLEETS = { small: groupsOf([1, 3, 15, 30]), patch: PATCH, clusters: CLUSTERS };

describe.each(Object.entries(FLEETS))("the layout of %s", (_name, groups) => {
  const layout = layOut(groups, 800, 500);
  const hosts = groups.reduce((sum, { count }) => sum + count, 0);

  it("fits into the room there is", () => {
    expect(layout.height).toBeLessThanOrEqual(500);
    for (const block of layout.blocks) expect(block.x + block.width).toBeLessThanOrEqual(800);
  });

  it("finds every host where it was put", () => {
    for (let place = 0; place < hosts; place += 7) {
      const { x, y } = spotOf(layout, place);
      expect(placeAt(layout, { x: x + layout.cell / 2, y: y + layout.cell / 2 })).toBe(place);
    }
  });

  it("puts no two hosts on one spot", () => {
    const spots = new Set(Array.from({ length: hosts }, (_, place) => JSON.stringify(spotOf(layout, place))));
    expect(spots.size).toBe(hosts);
  });

  it("leads from the first host to the last group by going down, and back up again", () => {
    let place = 0;
    for (let presses = 0; presses < hosts; presses += 1) place = step(layout, place, "down");
    const bottom = place;
    expect(spotOf(layout, bottom).y).toBe(Math.max(...layout.blocks.map(({ first, count }) => spotOf(layout, first + count - 1).y)));
    for (let presses = 0; presses < hosts; presses += 1) place = step(layout, place, "up");
    expect(spotOf(layout, place).y).toBe(spotOf(layout, 0).y);
  });
});

describe("a layout", () => {
  it("lies in bands for few groups, and in tiles for many", () => {
    expect(layOut(PATCH, 800, 500).kind).toBe("bands");
    expect(layOut(CLUSTERS, 800, 500).kind).toBe("tiles");
  });

  it("makes cells smaller for more hosts, and never smaller than a pixel", () => {
    const cell = (hosts: number) => layOut(groupsOf([hosts]), 800, 500).cell;
    expect(cell(100)).toBeGreaterThan(cell(10_000));
    expect(cell(10_000)).toBeGreaterThan(cell(50_000));
    expect(cell(9_000_000)).toBe(1);
  });

  it("has nobody between groups or beyond the last host", () => {
    const layout = layOut(groupsOf([3, 2]), 800, 500);
    const last = spotOf(layout, 4);
    expect(placeAt(layout, { x: last.x + layout.cell + 1, y: last.y + 1 })).toBeNull();
    expect(placeAt(layout, { x: 1, y: (layout.blocks[1]?.y ?? 0) - 1 })).toBeNull();
    expect(placeAt(layout, { x: -1, y: 10 })).toBeNull();
  });

  it("steps left and right through all hosts and stops at the ends", () => {
    const layout = layOut(groupsOf([3, 2]), 800, 500);
    expect(step(layout, 2, "right")).toBe(3);
    expect(step(layout, 3, "left")).toBe(2);
    expect(step(layout, 4, "right")).toBe(4);
    expect(step(layout, 0, "left")).toBe(0);
  });
});

describe("grouping", () => {
  const packed = (values: readonly number[]) => btoa(String.fromCharCode(...values.flatMap((value) => [value & 255, value >> 8])));

  it("by batch keeps the order of the plan, and leaves out batches made for retries", () => {
    const grouping = byBatch([
      { first: 0, size: 2, label: "1" },
      { first: 2, size: 3, label: "2" },
      { first: null, size: 1, label: "3" },
    ]);
    expect(grouping.groups.map(({ label, first, count }) => [label, first, count])).toEqual([["1", 0, 2], ["2", 2, 3]]);
    expect(grouping.hostAt(4)).toBe(4);
  });

  it("by label puts hosts of one value together, in the order of the plan", () => {
    const grouping = byLabel(["", "bj", "sh"], packed([2, 1, 2, 0, 1]), "none");
    expect(grouping.groups).toEqual([
      { label: "none", first: 0, count: 1 },
      { label: "bj", first: 1, count: 2 },
      { label: "sh", first: 3, count: 2 },
    ]);
    expect([0, 1, 2, 3, 4].map((place) => grouping.hostAt(place))).toEqual([3, 1, 4, 0, 2]);
    for (let host = 0; host < 5; host += 1) expect(grouping.hostAt(grouping.placeOf(host))).toBe(host);
  });

  it("by label counts as people do", () => {
    const { groups, hostAt } = byLabel(["", "c1", "c10", "c9"], packed([2, 1, 3]), "none");
    expect(groups.map(({ label }) => label)).toEqual(["c1", "c9", "c10"]);
    expect([0, 1, 2].map(hostAt)).toEqual([1, 2, 0]);
  });

  it("by label shows no empty value", () => {
    expect(byLabel(["", "bj"], packed([1, 1]), "none").groups.map(({ label }) => label)).toEqual(["bj"]);
  });
});
