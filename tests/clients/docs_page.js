// Opens the documentation page in a real browser and prints what was found, as JSON:
//   node docs_page.js CHROMIUM URL
const { report, watch } = require("./browser");

const [executablePath, url] = process.argv.slice(2);

report(executablePath, async (browser) => {
  const page = await browser.newPage();
  const found = watch(page, {});
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
  return found;
});
