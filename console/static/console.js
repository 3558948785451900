// Keeps the list and the thread up to date. Everything also works without it.
"use strict";

const SHOWN_EVERY = 2000; // milliseconds
const ELSEWHERE_EVERY = 4000; // on pages without the list
const HIDDEN_EVERY = 15000;
const AT_END = 40; // pixels
const title = document.title.replace(/^\(\d+\) /, "");

function sameMarkup(one, other) {
  return one.outerHTML === other.outerHTML;
}

// Hidden fields carry a fresh CSRF token in every answer; that alone is no difference.
function settled(element, like) {
  const tokens = like.querySelectorAll("input[name=csrf_token]");
  element.querySelectorAll("input[name=csrf_token]").forEach((field, index) => {
    if (tokens[index]) field.setAttribute("value", tokens[index].getAttribute("value"));
  });
  return element;
}

// A region with the keyboard's focus in a form is left alone: someone is about to press or to choose.
function busy(element) {
  return element.contains(document.activeElement) && document.activeElement.closest("form") !== null;
}

// What is unfolded stays so.
function keepUnfolded(old, fresh) {
  for (const details of old.querySelectorAll("details[id]")) {
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.toggleAttribute("open", details.open);
  }
}

const FOCUSABLE = "a[href], button, select, summary, input:not([type=hidden]), textarea";

// The same thing by its id, else what is now where it was.
function focusAgain(fresh, id, at) {
  const all = [...fresh.querySelectorAll(FOCUSABLE)];
  const there = (id && document.getElementById(id)) || all[Math.min(at, all.length - 1)];
  there?.focus({ preventScroll: true });
}

function replaceRegion(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old) return true;
  keepUnfolded(old, fresh);
  if (sameMarkup(old, settled(fresh, old))) return true;
  if (busy(old)) return false;
  const at = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  const id = document.activeElement?.id;
  old.replaceWith(fresh);
  if (at >= 0) focusAgain(fresh, id, at);
  if ("said" in fresh.dataset && fresh.textContent.trim() !== old.textContent.trim()) say(fresh.textContent.trim());
  return true;
}

// Entries are replaced one by one, so that what is unfolded or selected elsewhere stays so.
function mergeEntries(fresh) {
  const list = document.getElementById(fresh.id);
  const entries = [...fresh.children];
  const added = entries.filter((entry) => !document.getElementById(entry.id));
  const scroll = list.closest(".scroll");
  const atEnd = scroll.scrollTop > -AT_END; // counted upwards from the end
  const renewed = entries.filter((entry) => !added.includes(entry)).map(replaceRegion);
  list.append(...added);
  if (atEnd) scroll.scrollTop = 0;
  if (added.length) say(`新しいやりとりが${added.length}件あります`);
  return renewed.every(Boolean);
}

// Said politely; what comes within one turn is said together.
let said = [];
function say(words) {
  if (words) said.push(words);
}

function speak() {
  const news = document.getElementById("news");
  if (news && said.length) news.textContent = said.join("。");
  said = [];
}

function renew(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const regions = [...page.querySelectorAll("[data-live]")].map(replaceRegion);
  for (const list of page.querySelectorAll("[data-merge]")) {
    const merged = mergeEntries(list);
    // Where something was left alone, the old mark stays, so that the next turn brings it again.
    if (merged && regions.every(Boolean)) document.getElementById(list.id).dataset.mark = list.dataset.mark;
  }
}

function trouble(words) {
  const banner = document.getElementById("offline");
  if (!banner || banner.textContent === words) return;
  banner.textContent = words;
  banner.hidden = words === "";
}

function address(element) {
  const url = new URL(element.dataset.poll, location.href);
  url.searchParams.set(element.id === "timeline" ? "after" : "mark", element.dataset.mark);
  if (element.id === "timeline") url.searchParams.set("company", document.getElementById("company").dataset.mark);
  if (document.hidden) url.searchParams.set("hidden", "1");
  return url;
}

async function ask(element) {
  const answer = await fetch(address(element), { headers: { Accept: "text/html" }, cache: "no-store" });
  if (answer.status === 401) {
    trouble("ログインが切れました。書きかけの文をコピーしてから、画面を読み込み直してください。");
    return;
  }
  if (!answer.ok) throw new Error(String(answer.status));
  trouble("");
  if (answer.status === 200 && !answer.redirected) renew(await answer.text());
}

// The list brings along what stands above every page; where there is no list, that is asked for alone.
async function poll() {
  for (const id of ["timeline", document.getElementById("queue") ? "queue" : "watch"]) {
    const element = document.getElementById(id);
    if (!element?.dataset.poll) continue;
    try {
      await ask(element);
    } catch {
      trouble("つながりにくくなっています。自動でもう一度試しています。書きかけの文はそのまま残っています。");
    }
  }
  countUnread();
}

function watched() {
  const { unread, mine, crises } = document.getElementById("watch").dataset;
  return { unread: Number(unread), mine: Number(mine), crises: crises.split(" ").filter(Boolean) };
}

let before = document.getElementById("watch") ? watched() : null;
function countUnread() {
  const now = watched();
  document.title = now.unread ? `(${now.unread}) ${title}` : title;
  if (now.unread > before.unread) say(`まだ読んでいないメッセージが${now.unread}件あります`);
  document.dispatchEvent(new CustomEvent("watched", { detail: { before, now } }));
  before = now;
}

let timer = 0;
let round = 0;
async function keepPolling() {
  const mine = ++round;
  clearTimeout(timer);
  await poll();
  speak();
  const often = document.getElementById("queue") ? SHOWN_EVERY : ELSEWHERE_EVERY;
  if (mine === round) timer = setTimeout(keepPolling, document.hidden ? HIDDEN_EVERY : often);
}

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
}

document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
if (before) {
  document.addEventListener("visibilitychange", () => { if (!document.hidden) keepPolling(); });
  timer = setTimeout(keepPolling, SHOWN_EVERY);
}
