// Shows how far the reading of a file is, and the page anew when it has ended.
"use strict";

const EVERY = 1000; // milliseconds

async function look() {
  const shown = document.getElementById("progress");
  const address = shown?.dataset.progress;
  if (!address) return;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.status === 401) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
    if (fresh && !fresh.dataset.progress) return location.reload();
    if (fresh) shown.replaceWith(fresh);
  } catch {
    // away for a moment: asked again
  }
  setTimeout(look, EVERY);
}

look();
