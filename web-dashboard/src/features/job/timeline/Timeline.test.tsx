import { render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, it, vi } from "vitest";
import { reader } from "../../../api/client";
import { job } from "../../../testing/job";
import { HostEvents } from "../drawer/HostEvents";
import { Timeline } from "./Timeline";

vi.mock("../../../api/live", () => ({ useReconnections: () => 0, follow: () => () => undefined }));

let asked: { filter: { job?: string; stream?: string; host?: string } }[];

beforeEach(() => {
  asked = [];
  vi.spyOn(reader, "query").mockImplementation(((_document: unknown, variables: (typeof asked)[number]) => {
    asked.push(variables);
    const page = { nodes: [], continueAfter: "", pageInfo: { hasNextPage: false } };
    return { toPromise: () => Promise.resolve({ data: { server: { position: 9 }, events: page } }) };
  }) as unknown as typeof reader.query);
});

it.each([
  ["timeline", <Timeline key="1" job={job()} />],
  ["list of a host's events", <HostEvents key="2" job={job()} host="web-1" />],
])("the %s reads the events of its job alone, not the whole log", async (_name, element) => {
  render(<MemoryRouter>{element}</MemoryRouter>);
  await screen.findByText("Nothing recorded yet.");
  await waitFor(() => expect(asked[0]?.filter.job).toBe(job().ulid));
  expect(asked[0]?.filter.stream).toBeUndefined();
});
