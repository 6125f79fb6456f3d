// Opens the documentation page in a real browser and prints what was found, as JSON:
//   node docs_page.js CHROMIUM URL WIDTH light|dark
const { measure, report, watch } = require("./browser");

const [executablePath, url, width, colorScheme] = process.argv.slice(2);
const TAG = ".opblock-tag[data-tag]";

report(executablePath, async (browser) => {
  const page = await browser.newPage({ viewport: { width: Number(width), height: 800 }, colorScheme });
  const found = watch(page, {});
  const shown = () =>
    page.$$eval(".opblock", (blocks) =>
      blocks.map((block) => `${block.querySelector(".opblock-summary-method").textContent} ` +
        block.querySelector(".opblock-summary-path").getAttribute("data-path")));
  const tags = () => page.$$eval(TAG, (found) => found.map((tag) => tag.dataset.tag).join());
  // Of a long list the page holds the part that is on the screen: all of them are what one sees while scrolling.
  const operations = async () => {
    const seen = new Set();
    for (let top = 0; top <= (await page.evaluate(() => document.documentElement.scrollHeight)); top += 400) {
      await page.evaluate((offset) => scrollTo(0, offset), top);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      for (const operation of await shown()) seen.add(operation);
    }
    await page.evaluate(() => scrollTo(0, 0));
    await settled();
    return [...seen];
  };
  // The page has drawn itself: its tags have been the same for a quarter of a second.
  const settled = () => page.evaluate(async (selector) => {
    const now = () => [...document.querySelectorAll(selector)].map((tag) => tag.dataset.tag).join();
    let [before, since] = [now(), performance.now()];
    while (performance.now() - since < 250) {
      await new Promise((drawn) => requestAnimationFrame(drawn));
      if (now() !== before) [before, since] = [now(), performance.now()];
    }
  }, TAG);
  await page.goto(url);
  await page.waitForSelector(".opblock", { timeout: 15000 });
  found.title = await page.title();
  found.operations = await operations();
  found.server = await page.$eval(".servers select", (select) => select.value).catch(() => null);
  // The filter finds tags, paths and summaries.
  found.filtered = {};
  for (const phrase of ["Song requests", "/gallery/{picture_id}", "on air"]) {
    // The tags that are left say that the filter is applied; the paths change by scrolling, too.
    const before = await tags();
    await page.fill(".operation-filter-input", phrase);
    await page.waitForFunction(([selector, text]) =>
      [...document.querySelectorAll(selector)].map((tag) => tag.dataset.tag).join() !== text, [TAG, before]);
    await settled();
    found.filtered[phrase] = await operations();
  }
  await page.fill(".operation-filter-input", "");
  await page.waitForFunction(() => document.querySelectorAll(".opblock").length > 3);
  await page.fill(".operation-filter-input", "/categories");
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
