import { describe, expect, it } from "vitest";
import { comparedOf, comparedText } from "./compared";

describe("the compared versions", () => {
  it("are the newest and the one before it", () => {
    expect(comparedOf("", [1, 2, 4])).toEqual({ from: 2, to: 4 });
    expect(comparedOf("", [7])).toEqual({ from: 7, to: 7 });
    expect(comparedOf("", [])).toBeNull();
  });

  it("are what the address says, as far as it is there", () => {
    expect(comparedOf("1..2", [1, 2, 4])).toEqual({ from: 1, to: 2 });
    expect(comparedOf("4..1", [1, 2, 4])).toEqual({ from: 4, to: 1 });
    expect(comparedOf("3..9", [1, 2, 4])).toEqual({ from: 2, to: 4 });
    expect(comparedOf(comparedText({ from: 1, to: 4 }), [1, 2, 4])).toEqual({ from: 1, to: 4 });
  });
});
