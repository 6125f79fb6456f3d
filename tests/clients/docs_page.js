// Opens the documentation page in a real browser and prints what was found, as JSON:
//   node docs_page.js CHROMIUM URL
const { chromium } = require("playwright-core");

(async () => {
  const [executablePath, url] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  const found = { requests: [], failed: [], complaints: [] };
  page.on("request", (request) => found.requests.push(request.url()));
  page.on("response", (answer) => answer.status() >= 400 && found.failed.push(`${answer.status()} ${answer.url()}`));
  page.on("requestfailed", (request) => found.failed.push(`${request.failure().errorText} ${request.url()}`));
  page.on("console", (message) => message.type() === "error" && found.complaints.push(message.text()));
  page.on("pageerror", (error) => found.complaints.push(String(error)));
  await page.goto(url);
  await page.waitForSelector(".opblock", { timeout: 15000 });
  found.title = await page.title();
  found.operations = await page.$$eval(".opblock", (blocks) =>
    blocks.map((block) => `${block.querySelector(".opblock-summary-method").textContent} ` +
      block.querySelector(".opblock-summary-path").getAttribute("data-path")));
  found.server = await page.$eval(".servers select", (select) => select.value).catch(() => null);
  // One operation, tried out from the page.
  const block = await page.$('.opblock:has([data-path="/categories"]).opblock-get');
  await block.$eval(".opblock-summary-control", (button) => button.click());
  const execute = await block.waitForSelector("button.execute", { timeout: 15000 });
  await execute.click();
  await block.waitForSelector(".live-responses-table .response-col_status", { timeout: 15000 });
  found.status = (await block.$eval(".live-responses-table tbody .response-col_status", (cell) => cell.textContent)).trim();
  console.log(JSON.stringify(found));
  await browser.close();
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
