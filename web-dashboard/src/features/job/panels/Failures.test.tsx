import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { actions, cluster, job } from "../../../testing/job";
import { show } from "../../../testing/render";
import { Failures } from "./Failures";

const told = () => ({ onLight: vi.fn(), onIntend: vi.fn(), onHost: vi.fn() });

it("says when nothing has failed", () => {
  show(<Failures job={job()} lit={null} {...told()} />);
  expect(screen.getByText("Nothing has failed.")).toBeTruthy();
});

it("tells each error once, with how many hosts had it, which, and what they said", () => {
  const clusters = [cluster({}), cluster({ error: "timeout", sample: "no answer", count: 1, firstHost: "db-1", hosts: ["db-1"], outcome: "TIMED_OUT" })];
  show(<Failures job={job({ failureClusters: clusters, failureClusterCount: clusters.length + 3 })} lit={null} {...told()} />);
  const entries = screen.getAllByRole("listitem");
  expect(entries).toHaveLength(3);
  expect(entries[0]?.textContent).toContain("2hosts · install · Step failed");
  expect(entries[0]?.textContent).toContain("E: no lock (11)");
  expect(entries[0]?.textContent).toContain("web-[0007,0009]");
  expect(entries[1]?.textContent).toContain("1host · install · Timed out");
  expect(entries[2]?.textContent).toBe("and 3 other errors on fewer hosts");
});

it("acts on exactly the hosts of an error", async () => {
  const calls = told();
  show(<Failures job={job({ failureClusters: [cluster({})], actions: actions(["RETRY"]) })} lit={null} {...calls} />);
  const entry = within(screen.getByRole("listitem"));
  await userEvent.click(entry.getByRole("button", { name: /Retry/ }));
  expect(calls.onIntend).toHaveBeenCalledWith({ kind: "RETRY", which: { error: "E: no lock (#)" } });

  const accept = entry.getByRole("button", { name: /Accept/ });
  expect(accept.getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(accept);
  expect(calls.onIntend).toHaveBeenCalledTimes(1);

  await userEvent.click(entry.getByRole("button", { name: /first: web-0007/ }));
  expect(calls.onHost).toHaveBeenCalledWith("web-0007");
});

it("lights its hosts on the grid, and unlights them", async () => {
  const calls = told();
  const failed = job({ failureClusters: [cluster({})] });
  const { unmount } = show(<Failures job={failed} lit={null} {...calls} />);
  await userEvent.click(screen.getByRole("button", { name: "Show on grid" }));
  expect(calls.onLight).toHaveBeenLastCalledWith("E: no lock (#)");
  unmount();
  show(<Failures job={failed} lit="E: no lock (#)" {...calls} />);
  const button = screen.getByRole("button", { name: "Show on grid" });
  expect(button.getAttribute("aria-pressed")).toBe("true");
  await userEvent.click(button);
  expect(calls.onLight).toHaveBeenLastCalledWith(null);
});
