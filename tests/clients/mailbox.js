// Uses the development mailbox in a real browser and prints what was seen, as JSON:
//   node mailbox.js CHROMIUM URL SEARCH light|dark
const { measure, report, watch } = require("./browser");

const [executablePath, url, search, colorScheme] = process.argv.slice(2);

report(executablePath, async (browser) => {
  const page = await browser.newPage({ viewport: { width: 360, height: 800 }, colorScheme });
  const found = watch(page, {});
  const subjects = () => page.$$eval(".mails strong", (all) => all.map((one) => one.textContent));
  await page.goto(url);
  found.list = { ...(await measure(page)), subjects: await subjects() };
  await page.fill("input[name=q]", search);
  await Promise.all([page.waitForNavigation(), page.click("text=Search")]);
  found.searched = await subjects();
  await Promise.all([page.waitForNavigation(), page.click(".mails a")]);
  const frame = await (await page.waitForSelector("iframe")).contentFrame();
  await frame.waitForSelector("p");
  found.mail = { ...(await measure(page)), title: await page.title(), framed: await frame.innerText("body") };
  // A link of the mail leads out of the frame, into a tab of its own.
  const [tab] = await Promise.all([page.context().waitForEvent("page"), frame.click("a")]);
  found.followed = tab.url();
  await page.click("text=Source");
  found.source = await page.innerText("body");
  await page.goBack();
  await Promise.all([page.waitForNavigation(), page.click("text=Delete")]);
  found.left = await subjects();
  found.address = page.url();
  return found;
});
