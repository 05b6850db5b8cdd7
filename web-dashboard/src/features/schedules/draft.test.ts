import { expect, it } from "vitest";
import { parametersOf } from "../../rollout/parameters";
import { schedule } from "../../testing/schedules";
import { draftOf, emptyDraft, inputOf } from "./draft";

const TAKEN = parametersOf({ properties: { reboot: { type: "boolean" }, packages: { type: "array", items: { type: "string" } } } });

it("sends a schedule back as it came, where nothing was changed", () => {
  const before = schedule({ parameters: { reboot: true, packages: ["vim", "jq"] }, deadline: 5_400_000, missed: "ALL", missedMax: 3, overlap: "QUEUE" });
  const { name, template, targets, parameters, cron, zone, missed, missedMax, overlap, deadline } = before;
  expect(inputOf(draftOf(before), TAKEN)).toEqual({ name, template, targets, parameters, cron, zone, missed, missedMax, overlap, deadline });
  expect(draftOf(before).deadline).toBe("90");
});

it("leaves to the server what is left empty", () => {
  const input = inputOf({ ...emptyDraft("Asia/Shanghai"), name: " nightly ", template: "patch" }, TAKEN);
  expect(input).toMatchObject({ name: "nightly", targets: null, parameters: {}, deadline: null, missedMax: null, zone: "Asia/Shanghai" });
});

it("leaves out what the template no longer takes", () => {
  expect(inputOf(draftOf(schedule({ parameters: { reboot: true, kernel: "6.1" } })), TAKEN).parameters).toEqual({ reboot: true });
});
