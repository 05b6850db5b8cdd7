import { render } from "@testing-library/react";
import { Client, fetchExchange } from "@urql/core";
import type { ReactElement } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { Provider } from "urql";
import { listenToKeys } from "../ui/keys";
import { TipProvider } from "../ui/Tip";

listenToKeys();

interface Asked {
  operationName: string;
  variables: { input?: unknown };
}

/** A server that says how many hosts something touches, and why it was not done. It remembers what it was asked. */
export function server(userErrors: readonly { message: string; hint: string }[] = [], touches = 0) {
  const asked: Asked[] = [];
  const answer = (_url: unknown, request?: RequestInit) => {
    const said = JSON.parse(String(request?.body)) as Asked;
    asked.push(said);
    const data = said.operationName === "Touches" ? { job: { id: "job:1", touches } } : { answer: { job: null, userErrors } };
    return Promise.resolve(Response.json({ data }));
  };
  const client = new Client({ url: "/graphql", preferGetMethod: false, fetch: answer, exchanges: [fetchExchange] });
  /** What mutations were given. */
  const inputs = () => asked.filter(({ variables }) => variables.input !== undefined).map(({ variables }) => variables.input);
  return { client, asked, inputs };
}

/** Renders a part of the page where it stands: with a router, tips and a server. */
export function show(element: ReactElement, { client } = server(), address = "/jobs/x") {
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
