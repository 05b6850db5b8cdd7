import { expect, it } from "vitest";
import { readLength, writeLength } from "./length";

it("lengths of time are read as the server reads them", () => {
  expect(["30m", "1h30m", "250ms", "2 d", ""].map(readLength)).toEqual([1_800_000, 5_400_000, 250, 172_800_000, 0]);
  expect(["30", "m", "1y", "-5m", "1.5h"].map(readLength)).toEqual([null, null, null, null, null]);
});

it("and written so that they are read back", () => {
  for (const text of ["30m", "1h30m", "250ms", "2d", "45s"]) expect(writeLength(readLength(text) ?? 0)).toBe(text);
});
