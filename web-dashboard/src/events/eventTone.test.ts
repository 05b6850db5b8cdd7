import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EVENT_KINDS, KINDS_OF } from "./eventKinds";
import { eventTone } from "./eventTone";

const said = (key: string, values: object = {}) => ({ key, values, text: "" });
const hostEnded = (outcome: string) => ({ kind: "HostRunFinished", sentence: said("HOST_RUN_FINISHED", { host: "web-1", outcome: said(outcome) }) });

describe("the tone of an event", () => {
  it("is how it ended, for what ends", () => {
    expect(["HOST_SUCCEEDED", "HOST_STEP_FAILED", "HOST_LOST", "HOST_UNREACHABLE"].map((outcome) => eventTone(hostEnded(outcome)))).toEqual([
      "done",
      "failed",
      "lost",
      "unreachable",
    ]);
    expect(eventTone({ kind: "JobFinished", sentence: said("JOB_FINISHED", { outcome: said("JOB_FAILED") }) })).toBe("failed");
    expect(eventTone({ kind: "RoomChanged", sentence: said("ROOM_NO_NEW_HOSTS", { percent: 4 }) })).toBe("failed");
  });

  it("is found in a sentence with a reason, too", () => {
    const ended = said("ATTEMPT_FINISHED", { host: "web-1", ending: said("ATTEMPT_TIMED_OUT"), took: { ms: 5 } });
    expect(eventTone({ kind: "AttemptFinished", sentence: said("BECAUSE", { what: ended, why: "no answer" }) })).toBe("failed");
  });

  it("is neutral where nobody knows how it ended, or what it is", () => {
    expect(eventTone({ kind: "HostRunFinished", sentence: null })).toBe("waiting");
    expect(eventTone({ kind: "JobFinished", sentence: said("JOB_FINISHED", { outcome: said("JOB_SOMETHING_NEW") }) })).toBe("waiting");
    expect(eventTone({ kind: "SomethingNew", sentence: null })).toBe("waiting");
  });

  it("is its own for what does not end", () => {
    expect(eventTone({ kind: "StepFailed", sentence: null })).toBe("failed");
  });
});

it("every event that Stagger writes has a name and a tone, and those of jobs are in the timeline", () => {
  const file = readFileSync(join(import.meta.dirname, "../../../tests/golden/events/kinds.txt"), "utf8");
  const written = file.trim().split("\n").map((line) => line.split(" "));
  expect([...EVENT_KINDS].toSorted()).toEqual(written.map(([, kind = ""]) => kind).toSorted());
  expect([...KINDS_OF.all].toSorted()).toEqual(written.filter(([stream]) => stream === "job").map(([, kind = ""]) => kind).toSorted());
});
