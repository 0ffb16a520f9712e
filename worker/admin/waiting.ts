/**
 * The script of the page that waits for the first request: it looks every four seconds, for ten minutes, and shows what it finds in
 * place of what stands there. Without it, the link beside it does the same.
 */
export const WAITING = `
'use strict';
let left = 150;
const look = async () => {
  const here = document.getElementById('first');
  if (here === null || here.dataset.waiting === undefined || left === 0) return;
  left -= 1;
  try {
    const response = await fetch(here.dataset.waiting, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const now = page.getElementById('first');
    if (now !== null && now.textContent !== here.textContent) here.replaceWith(document.adoptNode(now));
  } catch { /* The next look may find it. */ }
  setTimeout(look, 4000);
};
setTimeout(look, 4000);
`
