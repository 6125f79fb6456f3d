// Shows pieces of HTML in a real browser, each in a page of its own, and prints, as JSON, which ran a script or led
// elsewhere, and what was asked for:
//   node cleaned.js CHROMIUM FILE, which holds a JSON array of pieces
const { readFileSync } = require("fs");
const { report } = require("./browser");

const STATION = "http://station.invalid/";
const pieces = JSON.parse(readFileSync(process.argv[3], "utf8"));
const page_of = (body) => ({ contentType: "text/html; charset=utf-8", body: `<!doctype html><title>x</title>${body}` });

/** In a page: show it as a script would, and as a browser writes and reads it again. */
const showAgain = async (html) => {
  const box = document.body.appendChild(document.createElement("div"));
  box.innerHTML = html;
  for (let turn = 0; turn < 3; turn += 1) box.innerHTML = box.innerHTML;
  for (const element of document.querySelectorAll("*")) element.dispatchEvent(new Event("focus"));
  for (const link of document.querySelectorAll("a")) if (/^\s*\w*script/i.test(link.protocol)) window.alert();
  await new Promise((resolve) => setTimeout(resolve, 200));
};

report(process.argv[2], async (browser) => {
  const page = await browser.newPage();
  const asked = new Set();
  const ran = new Set();
  const moved = new Set();
  await page.exposeFunction("noted", (name) => { ran.add(Number(name)); });
  await page.addInitScript(() => { window.alert = () => window.noted(window.name); });
  await page.route("**/*", (route) => {
    const url = route.request().url();
    const number = url.startsWith(`${STATION}piece/`) ? Number(url.slice(`${STATION}piece/`.length)) : NaN;
    if (url === STATION) {
      return route.fulfill(page_of(pieces.map((_, one) => `<iframe name="${one}" src="/piece/${one}"></iframe>`).join("")));
    }
    if (number in pieces) return route.fulfill(page_of(`<body><div>${pieces[number]}</div>`));
    asked.add(url);
    return route.abort();
  });
  await page.goto(STATION);
  await Promise.all(pieces.map(async (piece, one) => {
    const frame = page.frame({ name: String(one) });
    await frame.evaluate(showAgain, piece).catch(() => moved.add(one));
    if (frame.url() !== `${STATION}piece/${one}`) moved.add(one);
  }));
  return { ran: [...ran], moved: [...moved], asked: [...asked] };
});
