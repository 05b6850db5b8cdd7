import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../../api/client";
import { type AttemptKey, useOutput } from "./useOutput";

interface Follower {
  next: (data: { output: { offset: number; next: number; text: string; cut: null; complete: boolean } }) => void;
  ended: () => number | null | undefined;
}
const live = vi.hoisted(() => ({ followers: [] as { stream: string; follower: Follower }[] }));
vi.mock("../../../api/live", () => ({
  follow: (_document: unknown, variables: () => { stream: string }, follower: Follower) => {
    live.followers.push({ stream: variables().stream, follower });
    return () => undefined;
  },
}));

const MEGABYTE = 1024 * 1024;
const saved: { name: string; size: number }[] = [];

beforeEach(() => {
  saved.length = 0;
  live.followers.length = 0;
  let size = 0;
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    size = (blob as Blob).size;
    return "blob:1";
  });
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    saved.push({ name: this.download, size });
  });
});

/** An output of two parts, of which the second may be lost. */
function serve(isLost: boolean) {
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { from, limit }: { from: number; limit: number }) => {
    if (isLost && from > 0) return { toPromise: () => Promise.resolve({ error: { message: "connection reset" } }) };
    const output = { offset: from, next: from + limit, total: MEGABYTE + 3, base64: btoa("abc") };
    return { toPromise: () => Promise.resolve({ data: { job: { hostRun: { output } } } }) };
  }) as unknown as typeof reader.query);
}

const open = (phase: AttemptKey["phase"]) => renderHook(() => useOutput("01M8", "web-1", { step: "install", number: 2, phase })).result;

it("saves all parts under a name that tells a step from its undo", async () => {
  serve(false);
  const [run, undo] = [open("RUN"), open("UNDO")];
  await act(() => run.current.download("OUT"));
  await act(() => undo.current.download("ERR"));
  expect(saved).toEqual([
    { name: "web-1-install-2.out.txt", size: 6 },
    { name: "web-1-install-undo-2.err.txt", size: 6 },
  ]);
});

it("saves nothing where a part is lost, and says why", async () => {
  serve(true);
  const output = open("RUN");
  await act(() => output.current.download("OUT"));
  expect(saved).toEqual([]);
  await waitFor(() => expect(output.current.error).toBe("connection reset"));
});

it("shows what was written to the error output below the other, and listens on to what is cut off", async () => {
  serve(false);
  const output = open("RUN");
  await waitFor(() => expect(live.followers.map(({ stream }) => stream)).toEqual(["OUT"]));
  const said = (text: string, complete: boolean) => ({ output: { offset: 0, next: text.length, text, cut: null, complete } });
  act(() => live.followers[0]?.follower.next(said("unpacking\n", false)));
  await waitFor(() => expect(live.followers.map(({ stream }) => stream)).toEqual(["OUT", "ERR"]));
  expect(live.followers[0]?.follower.ended()).toBeUndefined();
  act(() => live.followers[0]?.follower.next(said("done\n", true)));
  expect(live.followers[0]?.follower.ended()).toBeNull();
  act(() => live.followers[1]?.follower.next(said("no lock\n", true)));
  await waitFor(() => expect(output.current.complete).toBe(true));
});
