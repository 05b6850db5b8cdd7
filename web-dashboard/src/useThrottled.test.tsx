import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useSettled, useThrottled } from "./useThrottled";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => act(() => vi.advanceTimersByTime(milliseconds));

it("what never stands still is told every so often, and the last of it always", () => {
  const { result, rerender } = renderHook(({ value }) => useThrottled(value, 1_000), { initialProps: { value: 0 } });
  pass(0);
  const told: number[] = [];
  for (let value = 1; value <= 30; value += 1) {
    rerender({ value });
    pass(100);
    told.push(result.current);
  }
  expect(new Set(told).size).toBeLessThanOrEqual(4);
  pass(1_000);
  expect(result.current).toBe(30);
});

it("what is typed is told once nobody types any more", () => {
  const { result, rerender } = renderHook(({ value }) => useSettled(value, 250), { initialProps: { value: "" } });
  for (const value of ["w", "we", "web"]) {
    rerender({ value });
    pass(200);
    expect(result.current).toBe("");
  }
  pass(50);
  expect(result.current).toBe("web");
});
