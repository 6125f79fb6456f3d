// Shows HTML in a real browser and prints, as JSON, which of it ran a script or asked for something:
//   node cleaned.js CHROMIUM FILE, which holds a JSON array of pieces
const { readFileSync } = require("fs");
const { report } = require("./browser");

const ADDRESS = "http://station.invalid/";
const pieces = JSON.parse(readFileSync(process.argv[3], "utf8"));

report(process.argv[2], async (browser) => {
  const page = await browser.newPage();
  let shown = "";
  let asked = [];
  let ran = 0;
  await page.exposeFunction("noted", () => { ran += 1; });
  await page.addInitScript(() => { window.alert = () => window.noted(); });
  await page.route("**/*", (route) => {
    if (route.request().url() === ADDRESS) return route.fulfill({ contentType: "text/html; charset=utf-8", body: shown });
    asked.push(route.request().url());
    return route.abort();
  });
  const found = [];
  for (const piece of pieces) {
    [ran, asked] = [0, []];
    // As a page that a server made, as a script puts it into one, and as a browser writes and reads it again.
    shown = `<!doctype html><title>x</title><body><div id="whole">${piece}</div></body>`;
    await page.goto(ADDRESS);
    let moved = false;
    await page.evaluate(async (html) => {
      const box = document.body.appendChild(document.createElement("div"));
      box.innerHTML = html;
      for (let turn = 0; turn < 3; turn += 1) box.innerHTML = box.innerHTML;
      for (const element of document.querySelectorAll("*")) element.dispatchEvent(new Event("focus"));
      for (const link of document.querySelectorAll("a")) if (/^\s*\w*script/i.test(link.protocol)) window.noted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }, piece).catch(() => { moved = true; });
    found.push({ ran, asked, moved: moved || page.url() !== ADDRESS });
  }
  return found;
});
