import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { job } from "../../testing/job";
import { show } from "../../testing/render";
import { Situation } from "./Situation";

it("says why a job is held, once, with the numbers", () => {
  const hold = {
    kind: "BREACH",
    text: "canary failed 1 of 1 (at most 0 may)",
    threshold: "canaryFailed",
    parameters: { failed: 1, of: 1, allowed: 0 },
  } as const;
  const waitingFor = [
    { kind: "RESUME", text: `somebody to resume it: ${hold.text}`, numbers: {}, until: null },
    { kind: "PERSON", text: "a person: 1 hosts out of service", numbers: { outOfService: 1, inDoubt: 0 }, until: null },
  ] as const;
  show(<Situation job={job({ status: "HELD", hold, waitingFor: [...waitingFor] })} />);
  const said = screen.getByRole("region").textContent ?? "";
  expect(said).toContain("Held: a limit was exceeded");
  expect(said.split("1 of 1 in the canary failed, at most 0 may")).toHaveLength(2);
  expect(said).toContain("Needs a person1 out of service, 0 in doubt");
  expect(said).not.toContain("Waits to be resumed");
});

it("says who stops a job and why", () => {
  show(<Situation job={job({ status: "CANCELLING", stopping: { by: "user:ann", reason: "wrong patch", kill: true } })} />);
  expect(screen.getByRole("region").textContent).toContain("Killed by user:annwrong patch");
});

it("is not there when there is nothing to say", () => {
  show(<Situation job={job({ status: "FINISHED", outcome: "SUCCEEDED" })} />);
  expect(screen.queryByRole("region")).toBeNull();
});
