// A demo and Vite with hot reload in one go, the page signed in:   npm run dev -- --hosts 300
//
// What is said after -- goes to `stagger demo`. Ctrl-C ends all of it. STAGGER is the binary, otherwise
// ../target/debug/stagger. `npx vite` alone works beside a server that runs already: see vite.config.ts.
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { startDemo } from "../stage/servers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

// Asked to end while it starts, it ends what it has started by then.
let ending;
const asked = new Promise((resolve) => (ending = resolve));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => ending());

const demo = await startDemo(process.argv.slice(2));
try {
  Object.assign(process.env, { STAGGER_SERVER: demo.url, STAGGER_TOKEN: demo.token });
  const vite = await createServer({ root });
  await vite.listen();
  vite.printUrls();
  console.log(`  the demo's server is ${demo.url}, its access token ${demo.token}; Ctrl-C ends both`);
  await asked;
  await vite.close();
} finally {
  await demo.stop();
}
