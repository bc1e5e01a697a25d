/** Bundle each widget into one self-contained ES module, and the styles into one file, in ../static. */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const out = "../static";
// Every module directly in src is a widget; folders beside them hold their parts.
const widgets = (await readdir("src", { withFileTypes: true })).filter((f) => f.isFile() && f.name.endsWith(".js"));

const { outputFiles } = await build({
  entryPoints: [...widgets.map((f) => `src/${f.name}`), "src/widgets.css"],
  outdir: out,
  write: false,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

// Each file is put in place whole: whoever reads meanwhile gets the old one or the new one.
await mkdir(out, { recursive: true });
for (const file of outputFiles) {
  const name = join(out, basename(file.path));
  await writeFile(`${name}.new`, file.contents);
  await rename(`${name}.new`, name);
}
const made = outputFiles.map((file) => basename(file.path));
for (const old of await readdir(out)) if (!made.includes(old) && !old.endsWith(".new")) await rm(join(out, old));
console.log(made.map((name, i) => `${name} ${(outputFiles[i].contents.length / 1000).toFixed(1)} kB`).join(", "));
