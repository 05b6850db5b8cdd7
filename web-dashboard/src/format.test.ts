import { describe, expect, it, vi } from "vitest";
import { countdown, makeFormat } from "./format";
import en from "./i18n/en";
import zh from "./i18n/zh";

const english = makeFormat("en-GB", "UTC", en.unit);
const chinese = makeFormat("zh-CN", "Asia/Shanghai", zh.unit);

describe("formats", () => {
  it("write numbers with the reader's separators", () => {
    expect(english.number(10_000)).toBe("10,000");
    expect(english.rate(7.24)).toBe("7.2");
    expect(english.rate(329.08)).toBe("329");
    expect([english.share(500), english.share(50)]).toEqual(["5%", "0.5%"]);
  });

  it.each([
    [0, "0 ms"],
    [840, "840 ms"],
    [12_400, "12.4 s"],
    [185_000, "3 m 05 s"],
    [7_800_000, "2 h 10 m"],
    [90_000_000, "1 d 01 h"],
    [999.6, "1 s"],
    [59_999, "1 m 00 s"],
    [3_599_600, "1 h 00 m"],
    [86_399_000, "1 d 00 h"],
  ])("write %i milliseconds as %s", (milliseconds, written) => expect(english.length(milliseconds)).toBe(written));

  it("write lengths in the reader's language", () => {
    expect([840, 12_400, 185_000, 7_800_000, 90_000_000].map(chinese.length)).toEqual(["840 毫秒", "12.4 秒", "3 分 05 秒", "2 小时 10 分", "1 天 01 小时"]);
  });

  it("tell moments by the clock of their zone, with the day where it is another", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-28T12:00:00.000Z") });
    expect(english.moment("2026-01-02T23:30:00.000Z")).toBe("2 Jan 23:30:00");
    expect(chinese.moment("2026-01-02T23:30:00.000Z")).toBe("1月3日 07:30:00");
    expect(english.moment("2026-11-28T08:00:00.000Z")).toBe("08:00:00");
    vi.useRealTimers();
  });

  it("tell the year of a moment where it is another: a year ago is not today", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-28T12:00:00.000Z") });
    expect(english.moment("2025-11-28T08:00:00.000Z")).toBe("28 Nov 2025 08:00:00");
    expect(chinese.moment("2025-11-28T08:00:00.000Z")).toBe("2025年11月28日 16:00:00");
    vi.useRealTimers();
  });

  it("tell how far away a moment is", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(english.away("2026-01-01T00:03:00Z", now)).toBe("in 3 minutes");
    expect(english.away("2025-12-31T22:00:00Z", now)).toBe("2 hours ago");
    expect(chinese.away("2026-01-01T00:00:30Z", now)).toBe("30秒钟后");
    expect(english.away("2026-01-03T00:00:00Z", now)).toBe("in 2 days");
  });

  it("write bytes", () => {
    expect(english.bytes(96)).toBe("96 byte");
    expect(english.bytes(262_144)).toBe("262.1 kB");
    expect(english.bytes(5_200_000)).toBe("5.2 MB");
  });
});

it.each([
  ["2026-01-01T00:04:05Z", "4:05"],
  ["2026-01-01T01:02:09Z", "1:02:09"],
  ["2025-12-31T23:59:00Z", "0:00"],
])("a countdown to %s says %s", (until, left) => expect(countdown(until, Date.parse("2026-01-01T00:00:00Z"))).toBe(left));
