// Reads AsyncAPI documents with the official parser and prints the problems that it finds, as JSON:
//   node asyncapi.js FILE…
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

(async () => {
  // The description keeps to 3.0.0, which tools know; that there is a later version is no problem of it.
  const parser = new Parser({ ruleset: { rules: { "asyncapi-latest-version": "off" } } });
  const found = [];
  for (const file of process.argv.slice(2)) {
    const { document, diagnostics } = await parser.parse(readFileSync(file, "utf8"));
    if (!document) found.push(`${file}: it is no AsyncAPI document`);
    for (const each of diagnostics) found.push(`${each.severity} ${each.code} ${each.path.join(".")}: ${each.message}`);
  }
  console.log(JSON.stringify(found));
})();
