import { act, renderHook, waitFor } from "@testing-library/react";
import { CombinedError } from "@urql/core";
import { expect, it, vi } from "vitest";
import { reader } from "../../api/client";
import type { Wanted } from "./useMoment";
import { useMoment } from "./useMoment";

/** A server whose answers are given one by one. */
function server() {
  const asked: (Wanted & { answer: (position: number | null) => void; lose: () => void })[] = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, { job: _job, ...wanted }: Wanted & { job: string }) => {
    const answered = new Promise((resolve) => {
      const answer = (position: number | null) => resolve({ data: { jobAt: position === null ? null : { position } } });
      const lose = () => resolve({ error: new CombinedError({ networkError: new TypeError("Failed to fetch") }) });
      asked.push({ ...wanted, answer, lose });
    });
    return { toPromise: () => answered };
  }) as unknown as typeof reader.query);
  return asked;
}

it("asks for one moment at a time, and of those wanted meanwhile for the last alone", async () => {
  const asked = server();
  const { result } = renderHook(() => useMoment("01M8", { position: 5 }));
  await waitFor(() => expect(asked).toHaveLength(1));
  act(() => [6, 7, 8, 9].forEach((position) => result.current.look({ position })));
  expect(asked.map(({ position }) => position)).toEqual([5]);
  act(() => asked[0]?.answer(5));
  await waitFor(() => expect(asked.map(({ position }) => position)).toEqual([5, 9]));
  expect([result.current.moment?.position, result.current.busy]).toEqual([5, true]);
  act(() => asked[1]?.answer(9));
  await waitFor(() => expect([result.current.moment?.position, result.current.busy]).toEqual([9, false]));
});

it("keeps what was shown when there was no such job by then", async () => {
  const asked = server();
  const { result } = renderHook(() => useMoment("01M8", { position: 5 }));
  act(() => asked[0]?.answer(5));
  await waitFor(() => expect(result.current.moment?.position).toBe(5));
  act(() => result.current.look({ position: 1 }));
  act(() => asked[1]?.answer(null));
  await waitFor(() => expect(result.current.before).toBe(true));
  expect(result.current.moment?.position).toBe(5);
});

it("asks again for what was lost on the way", async () => {
  const asked = server();
  const { result } = renderHook(() => useMoment("01M8", { position: 5 }));
  await waitFor(() => expect(asked).toHaveLength(1));
  act(() => asked[0]?.lose());
  await waitFor(() => expect(result.current.error).toBe("The server cannot be reached."));
  await waitFor(() => expect(asked).toHaveLength(2));
  act(() => asked[1]?.answer(5));
  await waitFor(() => expect(result.current).toMatchObject({ error: null, busy: false }));
  expect(asked.map(({ position }) => position)).toEqual([5, 5]);
});
