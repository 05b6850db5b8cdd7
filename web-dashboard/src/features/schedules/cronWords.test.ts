import { expect, it } from "vitest";
import { cronWords } from "./cronWords";

it.each([
  ["30 2 * * *", "At 02:30", "在02:30"],
  ["30 2 * * TUE#2", "At 02:30, on the second Tuesday of the month", "在02:30，限每月的第二个星期二"],
  ["0 4 * * sat", "At 04:00, only on Saturday", "在04:00，仅星期六"],
  ["@daily", "At 00:00", "在00:00"],
])("%s is said in both languages", (expression, en, zh) => {
  expect([cronWords(expression, "en"), cronWords(expression, "zh")]).toEqual([en, zh]);
});

it.each(["", "61 * * * *", "every day", "H 3 * * *"])("nothing is said of %o", (expression) => {
  expect(cronWords(expression, "en")).toBeNull();
});
