import type { ClientRequest } from "node:http";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";
import { compressed } from "./build/compressed";
import { licences } from "./build/licences";

// The same policy as the server's: what it blocks there must not work here either.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const server = process.env["STAGGER_SERVER"] ?? "http://127.0.0.1:8080";
const token = process.env["STAGGER_TOKEN"];

// With STAGGER_TOKEN set, this proxy signs every request in, so that work on a screen needs no sign-in page.
const toServer: ProxyOptions = {
  target: server,
  ws: true,
  configure(proxy) {
    for (const event of ["proxyReq", "proxyReqWs"] as const) {
      proxy.on(event, (request: ClientRequest) => {
        if (token !== undefined) request.setHeader("authorization", `Bearer ${token}`);
      });
    }
  },
};

const proxy = { "/graphql": toServer, "/session": toServer };

export default defineConfig({
  plugins: [react(), tailwindcss(), licences(), compressed()],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: { "content-security-policy": CONTENT_SECURITY_POLICY } },
  build: {
    target: "es2023",
    // A data: address is no 'self': fonts and icons stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  test: {
    restoreMocks: true,
    maxWorkers: "100%",
    // Times are told by the reader's clock: that of the tests is the same on every machine.
    env: { TZ: "UTC" },
    // What has no page to stand on starts in a tenth of the time.
    projects: [
      { extends: true, test: { name: "logic", environment: "node", isolate: false, include: ["src/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "components",
          environment: "happy-dom",
          include: ["src/**/*.test.tsx"],
          setupFiles: ["src/testing/setup.ts"],
        },
      },
      // Stories in a real browser against a real server: npm run e2e. What waits is bounded where it waits.
      { test: { name: "e2e", environment: "node", include: ["e2e/**/*.e2e.ts"], testTimeout: 180_000, hookTimeout: 60_000 } },
    ],
  },
});
