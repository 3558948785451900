// Keeps the list and the thread up to date. Everything also works without it.
"use strict";

const SHOWN_EVERY = 1500; // milliseconds: what is new is shown within two seconds
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

function replaceRegion(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || sameMarkup(old, settled(fresh, old))) return true;
  if (busy(old)) return false;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  return true;
}

function renewEntry(fresh) {
  const open = document.getElementById(fresh.id).querySelector("details")?.open;
  if (open) fresh.querySelector("details")?.setAttribute("open", "");
  return replaceRegion(fresh);
}

// Entries are replaced one by one, so that what is unfolded or selected elsewhere stays so.
function mergeEntries(fresh) {
  const list = document.getElementById(fresh.id);
  const entries = [...fresh.children];
  const added = entries.filter((entry) => !document.getElementById(entry.id));
  const scroll = list.closest(".scroll");
  const atEnd = scroll.scrollTop > -AT_END; // counted upwards from the end
  const renewed = entries.filter((entry) => !added.includes(entry)).map(renewEntry);
  list.append(...added);
  if (atEnd) scroll.scrollTop = 0;
  if (added.length) say(`新しいやりとりが${added.length}件あります`);
  return renewed.every(Boolean);
}

function say(words) {
  const news = document.getElementById("news");
  if (news) news.textContent = words;
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
  if (!banner) return;
  banner.textContent = words;
  banner.hidden = words === "";
}

function address(element) {
  const url = new URL(element.dataset.poll, location.href);
  url.searchParams.set(element.id === "queue" ? "mark" : "after", element.dataset.mark);
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
  if (answer.status === 200) renew(await answer.text());
}

async function poll() {
  for (const id of ["timeline", "queue"]) {
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

let unread = Number(document.getElementById("queue")?.dataset.unread);
function countUnread() {
  const before = unread;
  unread = Number(document.getElementById("queue").dataset.unread);
  document.title = unread ? `(${unread}) ${title}` : title;
  if (unread > before) say(`まだ読んでいないメッセージが${unread}件あります`);
}

let timer = 0;
let round = 0;
async function keepPolling() {
  const mine = ++round;
  clearTimeout(timer);
  await poll();
  if (mine === round) timer = setTimeout(keepPolling, document.hidden ? HIDDEN_EVERY : SHOWN_EVERY);
}

function sendOnce(event) {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
}

document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
if (document.getElementById("queue")) {
  document.addEventListener("visibilitychange", () => { if (!document.hidden) keepPolling(); });
  timer = setTimeout(keepPolling, SHOWN_EVERY);
}
