// The rich menu below the talk: a picture whose areas are buttons.

import { element } from "./flex.js";

/** Returns what shows a menu, or none for null. `perform(action)` does what a tapped area says. */
export function menu({ base, perform }) {
  const bar = document.getElementById("menu-bar");
  const toggle = document.getElementById("menu-toggle");
  const sheet = document.getElementById("menu");
  let shown = null; // the menu's id

  toggle.addEventListener("click", () => setOpen(sheet.hidden));

  function setOpen(isOpen) {
    sheet.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
  }

  return (news) => {
    bar.hidden = !news;
    if (shown === (news?.id ?? null)) return;
    shown = news?.id ?? null;
    sheet.replaceChildren(...(news ? [picture(base, news), ...news.areas.map((area) => button(area, news.size))] : []));
    toggle.textContent = news?.chatBarText ?? "";
    setOpen(Boolean(news?.selected));
  };

  function button({ bounds, action }, size) {
    const made = element("button");
    made.type = "button";
    made.setAttribute("aria-label", action.label ?? action.text ?? "");
    made.style.left = `${(100 * bounds.x) / size.width}%`;
    made.style.top = `${(100 * bounds.y) / size.height}%`;
    made.style.width = `${(100 * bounds.width) / size.width}%`;
    made.style.height = `${(100 * bounds.height) / size.height}%`;
    made.addEventListener("click", () => perform(action));
    return made;
  }
}

function picture(base, { id, size }) {
  const made = element("img");
  made.src = `${base}menus/${id}`;
  made.alt = ""; // the buttons say it
  made.width = size.width;
  made.height = size.height;
  return made;
}
