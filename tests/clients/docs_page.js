// Opens the documentation page in a real browser and prints what was found, as JSON:
//   node docs_page.js CHROMIUM URL WIDTH light|dark
const { measure, report, watch } = require("./browser");

const [executablePath, url, width, colorScheme] = process.argv.slice(2);

report(executablePath, async (browser) => {
  const page = await browser.newPage({ viewport: { width: Number(width), height: 800 }, colorScheme });
  const found = watch(page, {});
  const operations = () =>
    page.$$eval(".opblock", (blocks) =>
      blocks.map((block) => `${block.querySelector(".opblock-summary-method").textContent} ` +
        block.querySelector(".opblock-summary-path").getAttribute("data-path")));
  await page.goto(url);
  await page.waitForSelector(".opblock", { timeout: 15000 });
  found.title = await page.title();
  found.operations = await operations();
  found.server = await page.$eval(".servers select", (select) => select.value).catch(() => null);
  // The filter finds tags, paths and summaries.
  found.filtered = {};
  for (const phrase of ["Song requests", "/gallery/{picture_id}", "on air"]) {
    const before = await page.$$eval(".opblock", (blocks) => blocks.length);
    await page.fill(".operation-filter-input", phrase);
    await page.waitForFunction((count) => document.querySelectorAll(".opblock").length !== count, before);
    found.filtered[phrase] = await operations();
  }
  await page.fill(".operation-filter-input", "");
  await page.waitForSelector('.opblock:has([data-path="/categories"]).opblock-get');
  // One operation, tried out from the page.
  const block = await page.$('.opblock:has([data-path="/categories"]).opblock-get');
  await block.$eval(".opblock-summary-control", (button) => button.click());
  const execute = await block.waitForSelector("button.execute", { timeout: 15000 });
  await execute.click();
  await block.waitForSelector(".live-responses-table .response-col_status", { timeout: 15000 });
  found.status = (await block.$eval(".live-responses-table tbody .response-col_status", (cell) => cell.textContent)).trim();
  found.look = await measure(page);
  return found;
});
