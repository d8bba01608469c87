// Opens a HAR in the network panel of Chromium's own developer tools, and prints what the panel shows of each request:
// node panel.mjs MODULES CHROMIUM HAR PROFILE PICTURES, where MODULES is the folder that playwright-core is installed in, and
// the last two are folders to write to.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, executablePath, har, profile, pictures] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');
const browser = await chromium.launchPersistentContext(profile, {
  executablePath, viewport: { width: 1400, height: 800 },
  args: ['--remote-debugging-port=0', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  await page.addInitScript(() => { // as the context menu of the table's head does
    localStorage['network-log-columns'] = JSON.stringify({ method: { visible: true }, waterfall: { visible: true } });
  });
  const [port] = readFileSync(`${profile}/DevToolsActivePort`, 'utf8').split('\n');
  await page.goto(`http://127.0.0.1:${port}/devtools/devtools_app.html?panel=network`);
  await page.locator('input[type=file]').setInputFiles(har); // the panel's "Import HAR file…"
  const rows = page.locator('.network-log-grid tr.data-grid-data-grid-node');
  await rows.first().waitFor();
  await page.screenshot({ path: `${pictures}/list.png` });
  const seen = await rows.evaluateAll((all) => all.map((row) => Object.fromEntries([...row.cells].map((cell) =>
    [cell.className.split('-column')[0], { text: cell.innerText, title: cell.title }]))));

  const view = page.locator('.network-item-view');
  const texts = (row, cells) => row.evaluateAll((all, cells) => all.map((row) =>
    [...row.querySelectorAll(cells)].map((cell) => cell.innerText.trim())), cells);
  const section = (title) => texts(view.locator('details', { has: page.locator('summary', { hasText: title }) }).locator('.row'),
    '.header-name, .header-value');
  const { log: { entries } } = JSON.parse(readFileSync(har, 'utf8'));
  for (const [i, request] of seen.entries()) {
    await rows.nth(i).locator('.name-column').click();
    await view.getByText('Headers', { exact: true }).click();
    const headers = entries[i].request.headers.length + entries[i].response.headers.length;
    await view.locator('summary', { hasText: 'Request headers' }).waitFor(); // the last section, still without its rows
    if (headers > 0) await view.locator('devtools-header-section-row .row').nth(headers - 1).waitFor();
    request.general = await section('General');
    request.response = await section('Response headers');
    request.request = await section('Request headers');
    if (i === 0) await page.screenshot({ path: `${pictures}/headers.png` });
    await view.getByText('Timing', { exact: true }).click();
    await view.locator('.network-timing-footer').waitFor();
    request.timing = await texts(view.locator('tr:has(.network-timing-bar-title)'), 'td:first-child, .network-timing-bar-title');
    request.total = await view.locator('.network-timing-footer td').last().innerText();
    if (i === 0) await page.screenshot({ path: `${pictures}/timing.png` });
    await page.keyboard.press('Escape'); // so that the next request's view is a new one
    await view.waitFor({ state: 'detached' });
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
