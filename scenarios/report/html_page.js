'use strict';
(() => {
  const main = document.querySelector('main');
  const by = (id) => document.getElementById(id);
  const text = by('text'), client = by('client'), verdict = by('verdict'), shown = by('shown');
  const rows = [...document.querySelectorAll('tbody tr[id]')];
  const haystacks = rows.map((row) => row.textContent.toLowerCase());
  const head = document.querySelectorAll('thead th.client');
  document.documentElement.classList.add('js');

  function filter() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const column = client.value === '' ? -1 : Number(client.value);
    let count = 0;
    head.forEach((cell, i) => { cell.hidden = column >= 0 && i !== column; });
    rows.forEach((row, n) => {
      let match = false;
      [...row.cells].slice(2).forEach((cell, i) => {
        cell.hidden = column >= 0 && i !== column;
        const link = cell.firstElementChild;
        if (link && !cell.hidden && (!verdict.value || link.classList.contains(verdict.value))) match = true;
      });
      row.hidden = !match || !words.every((word) => haystacks[n].includes(word));
      if (!row.hidden) count++;
    });
    document.querySelectorAll('tbody').forEach((body) => { body.hidden = !body.querySelector('tr[id]:not([hidden])'); });
    shown.textContent = count === rows.length ? '' : `${count} of ${rows.length} scenarios`;
  }
  [text, client, verdict].forEach((input) => input.addEventListener('input', filter));
  document.querySelector('.filter').addEventListener('submit', (event) => event.preventDefault());
  filter(); // a reload keeps what was typed

  const target = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* the hash is used as it stands */ }
    return by(id);
  };
  let last = null; // the drill that was open
  function moved() {
    const now = target();
    const drill = now && now.classList.contains('drill') ? now : null;
    main.inert = Boolean(drill);
    if (drill) {
      drill.querySelector('h2').focus({ preventScroll: true });
    } else if (last) {
      const link = [...document.querySelectorAll('tbody a')].find((a) => a.hash === `#${last.id}` || decodeURIComponent(a.hash) === `#${last.id}`);
      if (link) link.focus();
    }
    last = drill;
  }
  addEventListener('hashchange', moved);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && last) {
      location.hash = last.dataset.row;
    } else if (event.key === 'Tab' && last) {
      const stops = last.querySelectorAll('a[href], button');
      const [first, end] = [stops[0], stops[stops.length - 1]];
      if (event.shiftKey ? document.activeElement === first || !last.contains(document.activeElement) : document.activeElement === end) {
        event.preventDefault();
        (event.shiftKey ? end : first).focus();
      }
    }
  });
  by('drills').addEventListener('click', async (event) => {
    if (event.target === last) location.hash = last.dataset.row; // beside the panel
    if (!event.target.classList.contains('copy')) return;
    const code = event.target.previousElementSibling;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch { // a page from a file may not write to the clipboard
      getSelection().selectAllChildren(code);
      document.execCommand('copy');
    }
    event.target.textContent = 'Copied';
    setTimeout(() => { event.target.textContent = 'Copy'; }, 2000);
  });
  moved();
})();
