import { render } from "@testing-library/react";
import { Client, fetchExchange } from "@urql/core";
import type { ReactElement } from "react";
import { createMemoryRouter, MemoryRouter, RouterProvider, useLocation } from "react-router";
import { Provider } from "urql";
import { listenToKeys } from "../ui/keys";
import { TipProvider } from "../ui/Tip";

listenToKeys();

interface Asked {
  operationName: string;
  variables: { input?: unknown };
}

/**
 * A server that says how many hosts something touches, `null` where it cannot, who asks, and why it was not done. It
 * remembers what it was asked.
 */
export function server(userErrors: readonly { message: string; hint: string }[] = [], touches: number | null = 0, viewer = "user:tess") {
  let touched = touches;
  const answers: Record<string, () => object> = {
    Touches: () => ({ job: { id: "job:1", touches: touched } }),
    Who: () => ({ viewer: { actor: viewer } }),
    JobGates: () => ({ job: { id: "job:1", definition: { name: "patch-server", gates: { totalCap: 10, unreachable: "5%" } } } }),
  };
  const asked: Asked[] = [];
  const answer = (_url: unknown, request?: RequestInit) => {
    const said = JSON.parse(String(request?.body)) as Asked;
    asked.push(said);
    if (said.operationName === "Touches" && touched === null) return Promise.resolve(Response.json({ errors: [{ message: "out of order" }] }));
    const data = answers[said.operationName]?.() ?? { answer: { job: null, userErrors } };
    return Promise.resolve(Response.json({ data }));
  };
  const client = new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] });
  /** What mutations were given. */
  const inputs = () => asked.filter(({ variables }) => variables.input !== undefined).map(({ variables }) => variables.input);
  return { client, asked, inputs, touch: (hosts: number) => void (touched = hosts) };
}

/** Renders a part of the page where it stands: with a router, tips and a server. */
export function show(element: ReactElement, { client }: Omit<ReturnType<typeof server>, "touch"> = server(), address = "/jobs/x") {
  const within = (element: ReactElement) => (
    <Provider value={client}>
      <TipProvider>
        <MemoryRouter initialEntries={[address]}>
          {element}
          <Address />
        </MemoryRouter>
      </TipProvider>
    </Provider>
  );
  const shown = render(within(element));
  return { ...shown, rerender: (element: ReactElement) => shown.rerender(within(element)) };
}

/** The same where the address can be kept from changing: something unfinished would be left. */
export function showGuarded(element: ReactElement, { client }: Omit<ReturnType<typeof server>, "touch"> = server(), address = "/jobs/x") {
  const within = (
    <>
      {element}
      <Address />
    </>
  );
  const router = createMemoryRouter([{ path: "*", element: within }], { initialEntries: [address] });
  const shown = render(
    <Provider value={client}>
      <TipProvider>
        <RouterProvider router={router} />
      </TipProvider>
    </Provider>,
  );
  return { ...shown, router };
}

function Address() {
  return <output data-testid="address">{useLocation().search}</output>;
}
