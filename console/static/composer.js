// Writing: two texts that cannot be mixed up, drafts kept on the server, canned replies by "/", cards, the preview.
// Everything but "/" and the keeping while one types also works without it.
"use strict";

const composer = document.getElementById("composer");
const SAVE_AFTER = 800; // milliseconds without a key
const SAVE_AT_LEAST_EVERY = 5000;
const SEARCH_AFTER = 300;
const MOST_CHOICES = 8;
const OPENS_CHOICES = /(?:^|[\s。、!?\uff01\uff1f])[/\uff0f]([^\s/\uff0f]*)$/;

function field(name) {
  return document.getElementById(name);
}

function writesReply() {
  return composer.querySelector("[name=mode]:checked").value === "reply";
}

function writtenIn() {
  return field(writesReply() ? "text" : "note");
}

function sendButton() {
  return composer.querySelector(".send");
}

// ---- Drafts: kept soon after a key, and when the page is left.

let kept = "";
let saving = null;
let saveTimer = 0;
let unsavedSince = 0;
let sending = false;

function state(extra = {}) {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(composer)) {
    if (["csrf_token", "known", "mode", "text", "note", "card"].includes(name)) data.append(name, value);
  }
  for (const [name, value] of Object.entries(extra)) data.append(name, value);
  return data;
}

function words() {
  const data = state();
  data.delete("csrf_token");
  data.delete("known");
  return data.toString();
}

function tell(text) {
  const place = field("draft-state");
  if (place.textContent !== text) place.textContent = text;
}

async function save(options = {}) {
  clearTimeout(saveTimer);
  unsavedSince = 0;
  const now = words();
  if (now === kept || sending) return;
  try {
    const answer = await fetch(composer.dataset.draft, { method: "POST", body: state({ typing: "1" }), ...options });
    if (!answer.ok) throw new Error(String(answer.status));
    kept = now;
    tell("下書きを保存しました。");
  } catch {
    tell("下書きを保存できません。文はこの画面に残っています。");
  }
}

function saveSoon() {
  unsavedSince ||= Date.now();
  clearTimeout(saveTimer);
  const wait = Math.min(SAVE_AFTER, Math.max(0, unsavedSince + SAVE_AT_LEAST_EVERY - Date.now()));
  saveTimer = setTimeout(() => { saving = save().finally(() => { saving = null; }); }, wait);
}

function saveBeforeLeaving() {
  if (!sending && words() !== kept) save({ keepalive: true });
}

// Only what could not be kept is worth a question.
function warnOfLoss(event) {
  if (!sending && words() !== kept) event.preventDefault();
}

// ---- Sending: never by Enter alone, never while kana are being converted, never with a draft still on its way.

function converting(event) {
  return event.isComposing || event.keyCode === 229;
}

function sendByKeys(event) {
  if (converting(event) || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  composer.requestSubmit(sendButton());
}

async function submitted(event) {
  if (event.target !== composer) return;
  const button = event.submitter;
  if (button?.classList.contains("send")) {
    clearTimeout(saveTimer);
    clearTimeout(previewTimer);
    if (saving || changing) {
      event.preventDefault();
      event.stopPropagation();
      await Promise.all([saving, changing]);
      composer.requestSubmit(button);
      return;
    }
    sending = true;
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  if (button?.value === "insert") insertChosen();
  else if (button?.value === "find") search();
  else if (button) await change(button);
}

// ---- Cards and the preview: the server draws them, the texts being written are left alone.

let changes = 0;
let changing = null;
function change(button) {
  if (sending) return null; // what is sent must not come back as a draft
  const mine = fetchChange(button).finally(() => { if (changing === mine) changing = null; });
  changing = mine;
  return mine;
}

async function fetchChange(button) {
  const mine = ++changes;
  const body = state({ do: button.value });
  const url = new URL(composer.action);
  url.searchParams.set("part", "1");
  try {
    const answer = await fetch(url, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== changes) return;
    field("extras").replaceWith(page.getElementById("extras"));
    kept = words();
    tell(page.querySelector("[data-problem]")?.dataset.problem ?? "");
    after(button.value);
  } catch {
    tell("うまくいきませんでした。つながりを確かめて、もう一度押してください。");
  }
}

function after(action) {
  if (action === "preview") {
    composer.querySelector("details[open]")?.removeAttribute("open"); // room for it
    field("preview")?.focus();
  }
  else if (action.startsWith("add ")) field("find").focus();
  else writtenIn().focus();
}

// What the open preview shows is what would go out now.
let previewTimer = 0;
function renewPreview() {
  if (!field("preview")) return;
  clearTimeout(previewTimer);
  previewTimer = setTimeout(async () => {
    const focused = document.activeElement;
    const button = document.createElement("button");
    button.value = "preview quietly";
    if (field("preview")) await change(button);
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }, SAVE_AFTER);
}

let searches = 0;
let searchTimer = 0;
async function search() {
  const mine = ++searches;
  const url = new URL(field("find").dataset.search, location.href);
  url.searchParams.set("find", field("find").value);
  const answer = await fetch(url).catch(() => null);
  if (mine !== searches || !answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  field("found").replaceWith(page.getElementById("found"));
  const count = field("found").querySelectorAll("button").length;
  announce(count ? `${count}件見つかりました` : "見つかりません");
}

function searchSoon() {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(search, SEARCH_AFTER);
}

function searchByEnter(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (!converting(event)) search();
}

function announce(text) {
  field("news").textContent = text;
}

// ---- Canned replies: "/" in the reply opens a list under it.

let open = null; // { list, from, choices, at }

function options() {
  return [...(field("canned")?.querySelectorAll("option") ?? [])].map((option) => ({
    title: option.textContent, text: option.dataset.text, shortcut: option.dataset.shortcut,
  }));
}

function matching(asked) {
  const flat = asked.normalize("NFKC").toLowerCase();
  const score = (one) => {
    const shortcut = one.shortcut.normalize("NFKC").toLowerCase();
    if (shortcut && shortcut.startsWith(flat)) return 0;
    if (one.title.normalize("NFKC").toLowerCase().includes(flat)) return 1;
    return one.text.normalize("NFKC").toLowerCase().includes(flat) ? 2 : 3;
  };
  return options().map((one) => ({ ...one, score: score(one) })).filter((one) => one.score < 3)
    .sort((one, other) => one.score - other.score).slice(0, MOST_CHOICES);
}

function offer() {
  const text = field("text");
  const before = text.value.slice(0, text.selectionStart);
  const asked = OPENS_CHOICES.exec(before);
  if (asked && !asked[1] && !options().length) { // what is unfolded says that there are none, and where to add one
    announce("定型文はまだありません。");
    composer.querySelector("details.tool").open = true;
  }
  const choices = asked ? matching(asked[1]) : [];
  if (!choices.length) { close(); return; }
  show(choices, before.length - asked[1].length - 1);
}

function show(choices, from) {
  close();
  const list = document.createElement("ul");
  list.id = "choices";
  list.className = "choices";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "定型文");
  choices.forEach((choice, index) => {
    const item = document.createElement("li");
    item.id = `choice-${index}`;
    item.setAttribute("role", "option");
    const title = document.createElement("strong");
    title.textContent = choice.title;
    const preview = document.createElement("span");
    preview.textContent = choice.text.replace(/\s+/g, " ").slice(0, 60);
    item.append(title, preview);
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); open.at = index; take(); });
    list.append(item);
  });
  field("text").before(list);
  field("text").setAttribute("aria-controls", "choices");
  open = { list, from, choices, at: 0 };
  point();
  announce(`定型文が${choices.length}件あります。上下の矢印で選び、Enterで入れます。Escで閉じます。`);
}

function point() {
  [...open.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === open.at)));
  open.list.children[open.at].scrollIntoView({ block: "nearest" });
  field("text").setAttribute("aria-activedescendant", `choice-${open.at}`);
}

function close() {
  if (!open) return;
  open.list.remove();
  open = null;
  field("text").removeAttribute("aria-activedescendant");
  field("text").removeAttribute("aria-controls");
}

function take() {
  const { from, choices, at } = open;
  const text = field("text");
  close();
  text.setRangeText(choices[at].text, from, text.selectionStart, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

function insertChosen() {
  const option = field("canned").selectedOptions[0];
  const text = field("text");
  if (!option) return;
  text.setRangeText(option.dataset.text, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function chooseByKeys(event) {
  if (!open || converting(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    open.at = (open.at + steps[event.key] + open.choices.length) % open.choices.length;
    point();
  } else if (event.key === "Enter" || event.key === "Tab") take();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
}

// ---- A colleague's reply that comes from now on stops ours, once.

let begun = false;
function begin() {
  const begins = !begun && field("text").value.trim() !== "";
  begun = field("text").value.trim() !== "" || composer.querySelector("[name=card]") !== null;
  const newest = document.querySelector("#timeline[data-poll] > :last-child"); // on a page of older entries it is not there
  if (begins && newest) field("known").value = newest.id.replace("entry-", "");
}

// ---- Put together

function written(event) {
  if (event.target.id === "find") {
    if (!event.isComposing) searchSoon();
    return;
  }
  if (event.target.id === "text") begin();
  saveSoon();
  renewPreview();
  if (event.target.id === "text") offer();
}

function modeChosen(event) {
  if (event.target.name !== "mode") return;
  close();
  saveSoon();
}

if (composer) {
  kept = words();
  begun = field("text").value.trim() !== "" || composer.querySelector("[name=card]") !== null;
  composer.classList.add("live");
  document.addEventListener("submit", submitted, true);
  composer.addEventListener("input", written);
  composer.addEventListener("change", modeChosen);
  field("text").addEventListener("keydown", chooseByKeys);
  field("text").addEventListener("blur", close);
  field("find").addEventListener("keydown", searchByEnter);
  field("find").addEventListener("compositionend", searchSoon);
  for (const name of ["text", "note"]) field(name).addEventListener("keydown", sendByKeys);
  window.addEventListener("pagehide", saveBeforeLeaving);
  window.addEventListener("beforeunload", warnOfLoss);
  window.addEventListener("pageshow", () => { sending = false; });
}
