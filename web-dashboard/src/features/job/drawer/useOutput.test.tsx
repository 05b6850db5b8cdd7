import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../../api/client";
import { type AttemptKey, useOutput } from "./useOutput";

vi.mock("../../../api/live", () => ({ subscribe: () => () => undefined }));

const MEGABYTE = 1024 * 1024;
const saved: { name: string; size: number }[] = [];

beforeEach(() => {
  saved.length = 0;
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
