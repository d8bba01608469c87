// Uses the html report as a reader does, in Chromium, and takes pictures of it:
// node page.mjs MODULES CHROMIUM PAGE PICTURES, where MODULES is the folder that playwright-core is installed in, PAGE is the
// report, and PICTURES a folder to write to. It exits with 1 at the first thing that is not as it should be.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, executablePath, file, pictures] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');
const url = pathToFileURL(file).href;
const browser = await chromium.launch({ executablePath, timeout: 120_000, args: ['--no-sandbox', '--disable-gpu'] });
const wrong = [];

async function open(options, hash = '') {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  page.on('console', (message) => wrong.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (!request.url().startsWith(url) && request.url() !== 'data:,') wrong.push(`request: ${request.url()}`); });
  await page.goto(url + hash);
  return page;
}
const visibleRows = (page) => page.locator('tbody tr[id]:visible').count();
const isOpen = (page) => page.locator('.drill:visible').count();
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('href') ?? document.activeElement.id);
const done = (what) => console.log(`ok: ${what}`);

try {
  const page = await open({ viewport: { width: 1280, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });
  const all = await visibleRows(page);
  await page.fill('#text', '503-twice');
  assert.ok(await visibleRows(page) < all && await visibleRows(page) >= 1);
  assert.match(await page.textContent('#shown'), /^\d+ of \d+ scenarios$/);
  await page.fill('#text', 'no such scenario');
  assert.equal(await visibleRows(page), 0);
  await page.fill('#text', '');
  assert.equal(await visibleRows(page), all);
  await page.selectOption('#verdict', 'fail');
  const failed = await visibleRows(page);
  assert.ok(failed > 0 && failed < all);
  assert.equal(await page.locator('tbody tr[id]:visible:not(:has(a.fail))').count(), 0);
  await page.selectOption('#verdict', '');
  const columns = await page.locator('thead th.client:visible').count();
  assert.ok(columns > 1);
  await page.selectOption('#client', { label: 'sdk' });
  assert.equal(await page.locator('thead th.client:visible').count(), 1);
  assert.ok(await visibleRows(page) < all);
  await page.selectOption('#client', '');
  done('filter by text, verdict and client');

  const link = page.locator('tbody a.fail').first();
  const target = await link.getAttribute('href');
  await link.focus();
  await page.keyboard.press('Enter');
  assert.equal(await isOpen(page), 1);
  assert.equal(decodeURIComponent(new URL(page.url()).hash), target);
  await page.waitForFunction(() => document.activeElement.tagName === 'H2');
  for (let i = 0; i < 8; i++) { // the focus stays in the panel
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => Boolean(document.activeElement.closest('.drill'))));
  }
  assert.ok(await page.locator('.drill:visible svg rect.good, .drill:visible svg rect.struck').count() > 0);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('main').inert);
  assert.equal(await isOpen(page), 0);
  assert.equal(await focused(page), target, 'the focus is back at the cell');
  await link.click();
  await page.locator('.drill:visible .copy').click();
  const replay = await page.textContent('.drill:visible .replay code');
  await page.locator('.drill:visible .copy', { hasText: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), replay);
  await page.locator('.drill:visible .close').click();
  assert.equal(await isOpen(page), 0);
  done('open a drill by keyboard and by mouse, copy, close');

  await page.goto(url);
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), '#matrix', 'the first stop skips to the matrix');
  done('skip link');

  const deep = await open({ viewport: { width: 1280, height: 900 } }, target);
  assert.equal(await deep.locator('.drill:visible').getAttribute('id'), target.slice(1));
  const plain = await open({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false }, target);
  assert.equal(await plain.locator('.drill:visible').count(), 1, 'without the script too');
  done('deep link');

  for (const width of [390, 1280]) for (const colorScheme of ['light', 'dark']) {
    const picture = await open({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme });
    const fits = async (what) => {
      assert.equal(await picture.evaluate(() => document.documentElement.scrollWidth), width, `${what} is wider than ${width}`);
      await picture.screenshot({ path: `${pictures}/${what}-${width}-${colorScheme}.png` });
    };
    await fits('verdict');
    await picture.evaluate(() => document.getElementById('matrix').scrollIntoView());
    await fits('matrix');
    for (const [what, id] of Object.entries({ drill: target.slice(1), timeline: 'retry/503-twice~builtin' })) {
      await picture.evaluate((id) => { location.hash = id; }, id);
      await picture.locator('.drill:visible').waitFor();
      const panel = picture.locator('.drill:visible');
      assert.ok(await panel.evaluate((drill) => drill.scrollWidth <= drill.clientWidth), `${what} scrolls sideways`);
      const small = await panel.evaluate((drill) => [...drill.querySelectorAll('svg text, p, li, pre')]
        .filter((text) => parseFloat(getComputedStyle(text).fontSize) < 10.5).length);
      assert.equal(small, 0, 'texts that are too small to read');
      if (what === 'timeline') await panel.locator('svg[role=img]').evaluate((svg) => svg.scrollIntoView());
      await fits(what);
    }
    await picture.context().close();
  }
  done('no horizontal scroll, at 390 and 1280 pixels');
  await page.goto(url);
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.drill.bad:visible').count() > 0, 'failures are printed');
  assert.equal(await page.locator('.filter:visible').count(), 0);
  await page.pdf({ path: `${pictures}/print.pdf` });
  done('print');
  assert.deepEqual(wrong, []);
  done('no message on the console, no request, no dialog');
} finally {
  await browser.close();
}
