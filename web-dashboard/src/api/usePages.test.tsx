import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { HostRunsQuery, hostRunsOf } from "../features/job/panels/hosts.query";
import { reader } from "./client";
import { usePages } from "./usePages";

interface Variables {
  after: string | null;
  filter: { search?: string };
}

/** A server with as many hosts as it is told, a hundred a page. */
function serve(hosts: { count: number }) {
  const asked: Variables[] = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, variables: Variables) => {
    asked.push(variables);
    const from = variables.after === null ? 0 : Number(variables.after);
    const to = Math.min(from + 100, hosts.count);
    const nodes = Array.from({ length: to - from }, (_, at) => ({ id: `${from + at}`, host: `web-${from + at}` }));
    const hostRuns = { totalCount: hosts.count, nodes, pageInfo: { hasNextPage: to < hosts.count, endCursor: String(to) } };
    return { toPromise: () => Promise.resolve({ data: { job: { id: "job:1", hostRuns } } }) };
  }) as unknown as typeof reader.query);
  return asked;
}

function open(search = "") {
  return renderHook(({ position, search }) => {
    const variables = { job: "01M8", filter: search === "" ? {} : { search } };
    return usePages({ document: HostRunsQuery, variables, of: hostRunsOf }, position, () => [0, 30]);
  }, {
    initialProps: { position: 1, search },
  });
}

it("reads page after page, as far as is scrolled", async () => {
  const asked = serve({ count: 250 });
  const { result } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  expect([result.current.total, result.current.more]).toEqual([250, true]);
  act(() => result.current.next());
  await waitFor(() => expect(result.current.rows).toHaveLength(200));
  act(() => result.current.next());
  await waitFor(() => expect(result.current.rows).toHaveLength(250));
  expect(result.current.more).toBe(false);
  expect(result.current.rows.at(-1)?.host).toBe("web-249");
  expect(asked.map(({ after }) => after)).toContain("200");
});

it("reads what is in sight again when the job has moved, and finds that there is more by now", async () => {
  const hosts = { count: 3 };
  serve(hosts);
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(3));
  hosts.count = 150;
  rerender({ position: 2, search: "" });
  await waitFor(() => expect(result.current.rows).toHaveLength(100), { timeout: 3_000 });
  expect(result.current.more).toBe(true);
  act(() => result.current.next());
  await waitFor(() => expect(result.current.rows).toHaveLength(150));
});

it("begins anew when the filter changes", async () => {
  const asked = serve({ count: 120 });
  const { result, rerender } = open();
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  rerender({ position: 1, search: "web" });
  expect(result.current.loading).toBe(true);
  await waitFor(() => expect(result.current.rows).toHaveLength(100));
  expect(asked.at(-1)).toMatchObject({ after: null, filter: { search: "web" } });
});
