// Opens pages in a real browser, narrow and wide, by day and by night, and prints how each looks, as JSON:
//   node pages.js CHROMIUM URL…
const { measure, report, watch } = require("./browser");

const [executablePath, ...urls] = process.argv.slice(2);

report(executablePath, async (browser) => {
  const looks = [];
  for (const url of urls) {
    for (const width of [360, 1280]) {
      for (const colorScheme of ["light", "dark"]) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
        const found = watch(page, { url, width, colorScheme });
        await page.goto(url, { waitUntil: "load" });
        looks.push({ ...found, title: await page.title(), ...(await measure(page)) });
        await page.close();
      }
    }
  }
  return looks;
});
