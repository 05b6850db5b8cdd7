import { StrictMode, useMemo } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { Provider } from "urql";
import { makeClient } from "./api/client";
import { signIns } from "./api/session";
import { useSignal } from "./api/signal";
import { startLanguages } from "./i18n";
import { followTheme } from "./preferences";
import { router } from "./routes";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/code.css";
import { listenToKeys } from "./ui/keys";
import { TipProvider } from "./ui/Tip";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

followTheme();
listenToKeys();
await startLanguages();

function App() {
  const signedIn = useSignal(signIns);
  const client = useMemo(() => makeClient(signedIn), [signedIn]);
  return (
    <Provider value={client}>
      <TipProvider>
        <RouterProvider router={router} />
      </TipProvider>
    </Provider>
  );
}

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
