import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { Provider } from "urql";
import { makeClient } from "./api/client";
import { startLanguages } from "./i18n";
import { followTheme } from "./preferences";
import { router } from "./routes";
import "./ui/tokens.css";
import "./ui/base.css";
import { listenToKeys } from "./ui/keys";
import { TipProvider } from "./ui/Tip";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

followTheme();
listenToKeys();
await startLanguages();

createRoot(root).render(
  <StrictMode>
    <Provider value={makeClient()}>
      <TipProvider>
        <RouterProvider router={router} />
      </TipProvider>
    </Provider>
  </StrictMode>,
);
