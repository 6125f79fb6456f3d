// What the scripts that open pages in a real browser share.
const { chromium } = require("playwright-core");

/** Run `work(browser)` and print what it returns as JSON; exit code 1 when it fails. */
exports.report = (executablePath, work) =>
  chromium
    .launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] })
    .then(async (browser) => {
      console.log(JSON.stringify(await work(browser)));
      await browser.close();
    })
    .catch((error) => {
      console.error(error);
      process.exit(1);
    });

/** Note in `found` what `page` asks for, what of it fails, and what the browser complains about. */
exports.watch = (page, found) => {
  Object.assign(found, { requests: [], failed: [], complaints: [] });
  page.on("request", (request) => found.requests.push(request.url()));
  page.on("response", (answer) => answer.status() >= 400 && found.failed.push(`${answer.status()} ${answer.url()}`));
  page.on("requestfailed", (request) => found.failed.push(`${request.failure().errorText} ${request.url()}`));
  page.on("console", (message) => message.type() === "error" && found.complaints.push(message.text()));
  page.on("pageerror", (error) => found.complaints.push(String(error)));
  return found;
};

/** How the page looks: pixels that it is too wide, its language, and the brightness (0-255) of paper and ink. */
exports.measure = (page) =>
  page.evaluate(() => {
    const brightness = (color) => {
      const [red, green, blue] = color.match(/[\d.]+/g).map(Number);
      return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    };
    const root = document.documentElement;
    const style = getComputedStyle(document.body);
    return {
      sideways: root.scrollWidth - root.clientWidth,
      language: root.lang,
      paper: brightness(style.backgroundColor),
      ink: brightness(style.color),
    };
  });
