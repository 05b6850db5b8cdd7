import { expect, it } from "vitest";
import type { GridState } from "../../../rollout/grid/grid.query";
import { byBatch, byLabel } from "../../../rollout/grid/grouping";
import { GridModel } from "../../../rollout/grid/model";
import { findTroubled } from "./troubled";

const finished = (outcome: GridState["outcome"]): GridState => ({ status: "FINISHED", outcome, step: 0, outOfService: false, absence: null });
const PALETTE = [finished("SUCCEEDED"), finished("STEP_FAILED"), finished("LOST"), finished("UNREACHABLE")];

function modelOf(cells: number[]): GridModel {
  const model = new GridModel();
  model.take({ __typename: "Grid", position: 1, hosts: cells.length, cellBytes: 1, cells: btoa(String.fromCharCode(...cells)), palette: PALETTE });
  return model;
}

it("goes from failure to failure and begins anew at the end", () => {
  const model = modelOf([0, 1, 0, 2, 3]);
  const grouping = byBatch([{ first: 0, size: 5, label: "1" }]);
  expect(findTroubled(model, grouping, -1)).toBe(1);
  expect(findTroubled(model, grouping, 1)).toBe(3);
  expect(findTroubled(model, grouping, 3)).toBe(4);
  expect(findTroubled(model, grouping, 4)).toBe(1);
});

it("follows the order on the screen", () => {
  const packed = btoa(String.fromCharCode(1, 0, 0, 0, 1, 0, 0, 0));
  const grouping = byLabel(["", "x"], packed, "none");
  expect(findTroubled(modelOf([1, 0, 0, 1]), grouping, -1)).toBe(3);
});

it("finds nobody where nobody is in trouble", () => {
  expect(findTroubled(modelOf([0, 0]), byBatch([{ first: 0, size: 2, label: "1" }]), -1)).toBeNull();
  expect(findTroubled(new GridModel(), byBatch([]), -1)).toBeNull();
});
