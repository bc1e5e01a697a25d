/** Bundle each widget into one self-contained ES module, and the kit's styles into one file, in ../static. */
import { readdir, rm } from "node:fs/promises";
import { build } from "esbuild";

const out = "../static";
// Every module directly in src is a widget; folders beside them hold their parts.
const widgets = (await readdir("src", { withFileTypes: true })).filter((f) => f.isFile() && f.name.endsWith(".js"));

await rm(out, { recursive: true, force: true });
await build({
  entryPoints: [...widgets.map((f) => `src/${f.name}`), "src/widgets.css"],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
console.log(`built ${widgets.map((f) => f.name).join(", ")} and widgets.css`);
