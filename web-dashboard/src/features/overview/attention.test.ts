import { describe, expect, it } from "vitest";
import { NO_COUNTS } from "../../testing/job";
import { BREACH, goingOn, LOCK, over, waits } from "../../testing/overview";
import { divide, keepingOut, lastFailures, loudest, toneOf } from "./attention";

const ulids = (jobs: readonly { ulid: string }[]) => jobs.map(({ ulid }) => ulid);

describe("which jobs need a person", () => {
  it.each(["START", "HOSTS", "BAKE", "LEASE", "REACH"] as const)("not one that waits for %s", (kind) => {
    const job = goingOn("1", { waitingFor: [waits(kind)] });
    expect(divide([job])).toEqual({ needing: [], calm: [job] });
  });

  it.each(["PERSON", "ROOM", "RESUME", "APPROVAL"] as const)("one that waits for %s, also while hosts go on", (kind) => {
    const job = goingOn("1", { waitingFor: [waits("HOSTS"), waits(kind)] });
    expect(divide([job])).toEqual({ needing: [job], calm: [] });
  });

  it("one that is held, whatever it waits for", () => {
    expect(ulids(divide([goingOn("1", { hold: BREACH, waitingFor: [] })]).needing)).toEqual(["1"]);
  });

  it("the most urgent first, and among equals the oldest", () => {
    const jobs = [
      goingOn("6", { waitingFor: [waits("RESUME"), waits("PERSON")] }),
      goingOn("5", { waitingFor: [waits("PERSON")] }),
      goingOn("4"),
      goingOn("3", { waitingFor: [waits("APPROVAL")] }),
      goingOn("2", { hold: BREACH, waitingFor: [waits("RESUME")] }),
      goingOn("1", { waitingFor: [waits("START")] }),
    ];
    const { needing, calm } = divide(jobs);
    expect(ulids(needing)).toEqual(["5", "6", "2", "3"]);
    expect(ulids(calm)).toEqual(["4", "1"]);
  });
});

it("is loud where hosts serve nobody or a limit was exceeded, and asks where somebody is only asked", () => {
  const asks = goingOn("1", { waitingFor: [waits("APPROVAL")] });
  const breached = goingOn("2", { hold: BREACH });
  const heldByHand = goingOn("3", { hold: { ...BREACH, kind: "PERSON" } });
  const stuck = goingOn("4", { counts: { ...NO_COUNTS, needingAPerson: 1 } });
  expect([asks, breached, heldByHand, stuck].map(toneOf)).toEqual(["deferred", "failed", "deferred", "failed"]);
  expect([[], [asks], [asks, stuck]].map(loudest)).toEqual(["done", "deferred", "failed"]);
});

it("lists who keeps hosts out of service, oldest first", () => {
  const out = { ...NO_COUNTS, outOfService: 2 };
  expect(ulids(keepingOut([goingOn("3", { counts: out }), goingOn("2"), goingOn("1", { counts: out })]))).toEqual(["1", "3"]);
});

it("takes failures of the newest jobs, over or not, and no more than asked", () => {
  const failed = (error: string) => ({ failureClusters: [{ ...LOCK, error }] });
  const jobs = [goingOn("4", failed("d")), goingOn("1", failed("a")), over("3", failed("c")), over("2", failed("b"))];
  expect(lastFailures(jobs, 3).map(({ job, cluster }) => `${job.ulid} ${cluster.error}`)).toEqual(["4 d", "3 c", "2 b"]);
});
