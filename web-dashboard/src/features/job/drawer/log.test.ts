import { describe, expect, it } from "vitest";
import { OutputLog, tailBefore } from "./log";

const shown = (log: OutputLog) => log.lines.map(({ stream, text, cut }) => `${stream} ${cut === undefined ? text : `-${cut}`}`);

describe("an output log", () => {
  it("puts lines together over parts", () => {
    const log = new OutputLog();
    log.append("OUT", "Reading pack");
    log.append("OUT", "age lists\nBuilding\n");
    log.append("OUT", "done");
    expect(shown(log)).toEqual(["OUT Reading package lists", "OUT Building", "OUT done"]);
  });

  it("keeps the streams apart, in the order their lines began", () => {
    const log = new OutputLog();
    log.append("OUT", "one ");
    log.append("ERR", "oops\n");
    log.append("OUT", "line\n\n");
    expect(shown(log)).toEqual(["OUT one line", "ERR oops", "OUT "]);
  });

  it("says where bytes were not kept", () => {
    const log = new OutputLog();
    log.append("OUT", "head");
    log.leftOut("OUT", 1_000);
    log.append("OUT", "tail\n");
    expect(shown(log)).toEqual(["OUT head", "OUT -1000", "OUT tail"]);
  });

  it("joins what came earlier to the line it broke off in", () => {
    const log = new OutputLog();
    log.append("ERR", "E: x\n");
    log.append("OUT", "ding\nend\n");
    log.prepend("OUT", "first\nBuil");
    expect(shown(log)).toEqual(["ERR E: x", "OUT first", "OUT Building", "OUT end"]);
  });
});

it("a long output is read from its end, part by part, until its beginning", () => {
  const starts = [];
  for (let start = tailBefore(600_000); ; start = tailBefore(start)) {
    starts.push(start);
    if (start === 0) break;
  }
  expect(starts).toEqual([337_856, 75_712, 0]);
  expect(tailBefore(262_144 + 1_000)).toBe(0);
  expect(tailBefore(0)).toBe(0);
});
