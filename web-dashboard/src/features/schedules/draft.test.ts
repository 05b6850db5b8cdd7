import { expect, it } from "vitest";
import { schedule } from "../../testing/schedules";
import { draftOf, emptyDraft, inputOf, parametersProblem } from "./draft";

it("sends a schedule back as it came, where nothing was changed", () => {
  const before = schedule({ parameters: { reboot: true }, deadline: 5_400_000, missed: "ALL", missedMax: 3, overlap: "QUEUE" });
  const { name, template, targets, parameters, cron, zone, missed, missedMax, overlap, deadline } = before;
  expect(inputOf(draftOf(before))).toEqual({ name, template, targets, parameters, cron, zone, missed, missedMax, overlap, deadline });
  expect(draftOf(before).deadline).toBe("90");
});

it("leaves to the server what is left empty", () => {
  const input = inputOf({ ...emptyDraft("Asia/Shanghai"), name: " nightly ", template: "patch" });
  expect(input).toMatchObject({ name: "nightly", targets: null, parameters: {}, deadline: null, missedMax: null, zone: "Asia/Shanghai" });
});

it.each([
  ["", null],
  ['{"reboot": true}', null],
  ["{", "notJson"],
  ["[1]", "noObject"],
  ["null", "noObject"],
  ["7", "noObject"],
])("%o as parameters: %o", (text, problem) => {
  expect(parametersProblem(text)).toBe(problem);
});
