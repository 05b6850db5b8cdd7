import { describe, expect, it } from "vitest";
import { stepLanes } from "./stepLanes";

const step = (what: { out?: boolean; back?: boolean; undo?: string } = {}) => ({
  takesOutOfService: what.out ?? false,
  returnsToService: what.back ?? false,
  undo: what.undo ?? null,
});

describe("the lines beside steps", () => {
  it("say from where to where a host serves nobody", () => {
    const steps = [step(), step({ out: true }), step(), step({ back: true }), step()];
    expect(stepLanes(steps).map(({ out }) => out)).toEqual(["none", "begins", "goes", "ends", "none"]);
  });

  it("go on to the end where no step returns the host", () => {
    expect(stepLanes([step({ out: true }), step()]).map(({ out }) => out)).toEqual(["begins", "goes"]);
  });

  it("know a step that leaves and returns", () => {
    expect(stepLanes([step({ out: true, back: true }), step()]).map(({ out }) => out)).toEqual(["alone", "none"]);
  });

  it("run from the last step to the first that can be taken back", () => {
    const steps = [step(), step({ undo: "join" }), step(), step()];
    expect(stepLanes(steps).map(({ undo }) => undo)).toEqual(["none", "begins", "goes", "ends"]);
    expect(stepLanes([step(), step()]).map(({ undo }) => undo)).toEqual(["none", "none"]);
    expect(stepLanes([step(), step({ undo: "join" })]).map(({ undo }) => undo)).toEqual(["none", "alone"]);
  });
});
