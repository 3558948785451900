// Work by keyboard. Single keys do something only outside of fields, and never while kana are being converted; whoever is
// disturbed by them switches them off in the settings. Everything they do can also be pressed.
"use strict";
{
  const IN_FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";
  const wanted = document.body.dataset.shortcuts === "on";

  const shown = (element) => element !== null && element.getClientRects().length > 0;
  const find = (selector) => [...document.querySelectorAll(selector)].find(shown) ?? null;
  const now = (words) => { say(words); speak(); };

  function press(selector, otherwise) {
    const found = find(selector);
    if (found) found.click();
    else now(otherwise);
  }

  // ---- The list

  function step(by) {
    const rows = [...document.querySelectorAll("#queue .row")];
    if (!rows.length) { now("この一覧には相談がありません"); return; }
    const here = rows.indexOf(document.activeElement);
    const at = here >= 0 ? here : rows.findIndex((row) => row.hasAttribute("aria-current"));
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
    if (shown(rows[next])) rows[next].focus();
    else rows[next].click(); // a narrow window shows the thread alone
  }

  function openRow() {
    const rows = [...document.querySelectorAll("#queue .row")];
    (rows.includes(document.activeElement) ? document.activeElement : rows[0])?.click();
  }

  function tab(number) {
    document.querySelectorAll("#queue .tabs a")[number - 1]?.click();
  }

  // ---- The thread

  function write(mode) {
    const choice = find(`#composer [name=mode][value=${mode}]`) ?? document.querySelector(`#composer [name=mode][value=${mode}]`);
    const text = document.getElementById(mode === "reply" ? "text" : "note");
    if (!choice) { now("先に相談を開いてください"); return; }
    if (!choice.checked) choice.click();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  function snooze() {
    const later = document.getElementById("later");
    const first = later?.querySelector("[name=until]");
    if (!first) { now("担当している相談だけを保留にできます"); return; }
    later.open = true;
    first.focus();
  }

  function resolve() {
    const outcome = find("#outcome");
    if (outcome) outcome.focus();
    else now("担当している相談だけを解決にできます");
  }

  function resolveAndGoOn() {
    const outcome = find("#outcome");
    if (!outcome?.value) {
      resolve();
      if (outcome) now("どうなりましたかを選び、Ctrl+Enterを押すと、解決して次へ進みます");
      return;
    }
    outcome.form.requestSubmit(outcome.form.querySelector("[name=next]"));
  }

  function leaveField(event) {
    const column = event.target.closest(".thread-column");
    const scroll = column?.querySelector(".scroll");
    if (!scroll || !event.target.closest("form, details")) return;
    event.preventDefault();
    scroll.focus({ preventScroll: true });
  }

  // ---- Help

  function unfold(page) {
    document.querySelector("dialog.helps")?.remove();
    const dialog = document.createElement("dialog");
    dialog.className = "helps";
    dialog.setAttribute("aria-labelledby", "help-title");
    dialog.append(...page.body.childNodes);
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  async function help() {
    const link = document.getElementById("help-link");
    const url = new URL(link.href);
    url.searchParams.set("part", "1");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      unfold(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      location.href = link.href;
    }
  }

  // ---- Put together

  const DOES = {
    "?": help,
    "/": () => { const words = document.getElementById("words"); words ? words.focus() : press("[data-key='/']", "ここではさがせません"); },
    q: () => { document.querySelector("#queue .row") && shown(find("#queue .row")) ? step(0) : press("[data-key=q]", "相談一覧はありません"); },
    c: () => press(".strip.crisis a", "だれも対応していない緊急の相談は、いまありません"),
    j: () => step(1),
    k: () => step(-1),
    o: openRow,
    t: () => press("[data-key=t]", "対応できる相談を開いていません"),
    r: () => write("reply"),
    n: () => write("note"),
    s: snooze,
    e: resolve,
    d: resolveAndGoOn,
    ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [number, () => tab(number)])),
  };
  const MAY_REPEAT = new Set(["j", "k"]);

  function converts(event) {
    return event.isComposing || event.keyCode === 229;
  }

  function pressed(event) {
    if (event.defaultPrevented || converts(event) || document.querySelector("dialog[open]")) return;
    const inField = event.target.matches(IN_FIELDS);
    if (event.key === "Escape") { leaveField(event); return; }
    if (event.target.id === "outcome" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      resolveAndGoOn();
      return;
    }
    if (!wanted || inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.shiftKey && event.key !== "?" && event.key !== "/" ? "" : event.key.toLowerCase();
    if (!Object.hasOwn(DOES, key) || (event.repeat && !MAY_REPEAT.has(key))) return;
    event.preventDefault();
    DOES[key]();
  }

  document.addEventListener("keydown", pressed);
  document.getElementById("help-link")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    help();
  });
}
