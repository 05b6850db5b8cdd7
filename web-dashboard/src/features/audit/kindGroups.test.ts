import { expect, it } from "vitest";
import { groupOf, kindsOf } from "./kindGroups";

const KNOWN = ["JobCreated", "HostAdmitted", "AttemptFinished", "ScheduleFired", "TemplateApplied", "PackInstalled", "InventoryChanged", "TokenCreated"];

it("puts every name into a group, and new ones by what they are about", () => {
  expect(KNOWN.map(groupOf)).toEqual(["job", "hosts", "hosts", "schedules", "library", "library", "inventory", "access"]);
  expect(["SchedulePaused", "PackRemoved", "SomethingNew"].map(groupOf)).toEqual(["schedules", "library", "access"]);
});

it("asks for a group by its names, for one name by itself, and for everything by nothing", () => {
  expect(kindsOf("library", KNOWN)).toEqual(["TemplateApplied", "PackInstalled"]);
  expect(kindsOf("HostAdmitted", KNOWN)).toEqual(["HostAdmitted"]);
  expect(kindsOf("", KNOWN)).toBeUndefined();
});
