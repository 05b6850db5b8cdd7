import type { Client } from "@urql/core";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { Provider } from "urql";
import { vi } from "vitest";
import { listenToKeys } from "../ui/keys";
import { TipProvider } from "../ui/Tip";

listenToKeys();

/** What was asked of the server, and what it answers. */
export function server(userErrors: readonly { message: string; hint: string }[] = []) {
  const mutation = vi.fn((_document: unknown, _variables: unknown) => Promise.resolve({ data: { answer: { userErrors } } }));
  return { mutation, inputs: () => mutation.mock.calls.map(([, variables]) => (variables as { input: unknown }).input) };
}

/** Renders a part of the page where it stands: with a router, tips and a server. */
export function show(element: ReactElement, { mutation } = server(), address = "/jobs/x") {
  const client = { mutation } as unknown as Client;
  return render(
    <Provider value={client}>
      <TipProvider>
        <MemoryRouter initialEntries={[address]}>
          {element}
          <Address />
        </MemoryRouter>
      </TipProvider>
    </Provider>,
  );
}

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}
