import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** What gets smaller. Fonts are compressed already. */
const TEXT = /\.(?:css|html|js|json|svg|txt)$/;
const BEST = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/**
 * Lays `FILE.br` and `FILE.gz` beside every file that gets smaller by it: compressed once, as well as can be, rather than
 * quickly for everybody who asks. The server takes them from there.
 */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => TEXT.test(name))) {
        const path = join(folder, name);
        const plain = readFileSync(path);
        for (const [suffix, packed] of [["br", brotliCompressSync(plain, BEST)], ["gz", gzipSync(plain, { level: 9 })]] as const) {
          if (packed.length < plain.length) writeFileSync(`${path}.${suffix}`, packed);
        }
      }
    },
  };
}
