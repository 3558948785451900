// The practice page: which parent, what was said, what to send.

import { behind } from "./behind.js";
import { bubble, words } from "./bubbles.js";
import { element } from "./flex.js";
import { menu } from "./menu.js";

const BASE = document.body.dataset.base;
const EVERY = 700; // ms between questions for news
const WHEN_HIDDEN = 5000;
const TOAST = 4000;
const MOST_BYTES = 20 * 1024 * 1024; // more than the bot keeps: that can be tried too
const byId = (id) => document.getElementById(id);

const talk = byId("talk");
const text = byId("text");
const place = byId("place-dialog");
const seen = new Map(); // parent's id → how many messages were looked at
let parents = [];
let current = null; // the parent's id
let revision = -1; // of what is shown; below that of any phone
let loading = false;
let bubbles = new Map(); // message id → bubble
let timer = 0;

// Speaking to the simulator

async function ask(path, options) {
  const response = await fetch(BASE + path, options);
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.message ?? "うまくいきませんでした。もう一度押してください。");
  return answer;
}

const get = (path) => ask(path);
const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function act(name, body = {}) {
  const sending = post(`parents/${current}/${name}`, body);
  setTimeout(poll, 50); // the parent's own bubble, before the bot has answered
  try {
    const answer = await sending;
    if (answer?.opens) open(answer.opens);
  } catch (error) {
    toast(error.message);
  }
  poll();
}

// News

async function poll() {
  clearTimeout(timer);
  const asked = current;
  try {
    const news = asked && (await get(`parents/${asked}/news?since=${revision}&loading=${loading ? 1 : 0}`));
    if (news && asked === current && news.revision >= revision) show(news);
    document.body.classList.remove("lost");
  } catch {
    lost();
  }
  clearTimeout(timer);
  timer = setTimeout(poll, document.hidden ? WHEN_HIDDEN : EVERY);
}

function lost() {
  if (!document.body.classList.contains("lost")) toast("つながりません。動いているか確かめて、少し待ってください。");
  document.body.classList.add("lost");
}

function show(news) {
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  revision = news.revision;
  loading = news.loading;
  byId("dots")?.remove();
  news.bubbles.forEach(put);
  if (loading) talk.append(dots());
  chips(news.quickReplies);
  showMenu(news.menu);
  friendship(news);
  seen.set(current, [...bubbles.values()].filter((one) => !one.mine).length);
  if (atEnd || news.bubbles.some((one) => one.mine)) talk.scrollTop = talk.scrollHeight;
}

function put(one) {
  bubbles.set(one.id, one);
  const answered = bubbles.get(one.quoted);
  const made = bubble(one, { act: perform, quoted: answered && words(answered.message) });
  const before = talk.querySelector(`[data-id="${CSS.escape(one.id)}"]`);
  if (before) before.replaceWith(made);
  else talk.append(made);
}

function dots() {
  const made = element("div", "dots");
  made.id = "dots";
  made.textContent = "…";
  made.setAttribute("aria-label", "考えています");
  return made;
}

function chips(actions) {
  const row = byId("chips");
  row.hidden = !actions.length;
  row.replaceChildren(...actions.map(chip));
}

function chip(action) {
  const made = element("button");
  made.type = "button";
  made.textContent = action.label;
  made.addEventListener("click", () => perform(action));
  return made;
}

function friendship({ friend, blocked }) {
  byId("stranger").hidden = friend;
  byId("stranger-words").textContent = blocked ? "ブロックしています。" : "まだ友だちではありません。";
  byId("befriend").textContent = blocked ? "ブロックを解除" : "友だちに追加";
  byId("befriend").dataset.act = blocked ? "unblock" : "follow";
}

const showMenu = menu({ base: BASE, perform });

// What a button does

function perform(action) {
  if (action.type === "location") place.showModal();
  else if (action.type === "camera" || action.type === "cameraRoll") act("image");
  else if (action.type === "uri" && !isChip(action)) open(action.uri);
  else act("tap", { action });
}

function isChip(action) {
  return [...byId("chips").children].some((made) => made.textContent === action.label);
}

function open(address) {
  if (address.startsWith("tel:")) toast(`電話: ${decodeURIComponent(address.slice(4))}`);
  else if (/^https?:/.test(address)) window.open(address, "_blank", "noopener");
  else toast(address);
}

function toast(said) {
  const made = byId("toast");
  made.textContent = said;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (made.textContent = ""), TOAST);
}

// Parents

async function refreshParents() {
  try {
    parents = await get("parents");
    if (!current && parents.length) choose(parents[0].id);
    drawParents();
  } catch {
    lost();
  }
}

function drawParents() {
  const list = byId("parents");
  const focused = document.activeElement?.dataset?.parent;
  list.replaceChildren(...parents.map(parentRow));
  if (focused) list.querySelector(`[data-parent="${CSS.escape(focused)}"]`)?.focus();
}

function parentRow(parent) {
  const row = element("li");
  const made = element("button");
  made.type = "button";
  made.dataset.parent = parent.id;
  made.setAttribute("aria-current", String(parent.id === current));
  made.append(parent.name);
  const unread = parent.received - (seen.get(parent.id) ?? 0);
  if (unread > 0 && parent.id !== current) made.append(badge(unread));
  made.addEventListener("click", () => {
    choose(parent.id);
    closeDrawers();
  });
  row.append(made);
  return row;
}

function badge(unread) {
  const made = element("span", "unread");
  made.textContent = `新着${unread}`;
  return made;
}

function choose(id) {
  current = id;
  revision = -1;
  loading = false;
  bubbles = new Map();
  talk.replaceChildren();
  chips([]);
  showMenu(null);
  byId("talk-owner").textContent = `${parents.find((parent) => parent.id === id).name}の電話`;
  drawParents();
  poll();
}

async function addParent() {
  const names = new Set(parents.map((parent) => parent.name));
  const letter = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((one) => !names.has(`保護者${one}`));
  const added = await post("parents", { name: `保護者${letter ?? parents.length + 1}` });
  parents = await get("parents");
  choose(added.id);
}

// Drawers, on a narrow screen

const drawerButtons = [...document.querySelectorAll(".bottom button")];

function closeDrawers() {
  drawerButtons.forEach((button) => setDrawer(button, false));
}

function setDrawer(button, isOpen) {
  button.setAttribute("aria-expanded", String(isOpen));
  byId(button.getAttribute("aria-controls")).classList.toggle("open", isOpen);
}

drawerButtons.forEach((button) =>
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    closeDrawers();
    setDrawer(button, !isOpen);
  }),
);
document.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", closeDrawers));
document.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawers());

// Sending

byId("writer").addEventListener("submit", (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said) return toast("メッセージを書いてから送信してください。");
  text.value = "";
  act("say", { text: said });
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("writer").requestSubmit();
});
document.querySelectorAll("[data-say]").forEach((button) =>
  button.addEventListener("click", () => {
    act("say", { text: button.dataset.say });
    closeDrawers();
  }),
);
document.querySelectorAll("[data-act], #befriend").forEach((button) =>
  button.addEventListener("click", () => {
    act(button.dataset.act);
    closeDrawers();
  }),
);
byId("unsend").addEventListener("click", () => {
  const last = [...bubbles.values()].findLast((one) => one.mine && !one.unsent);
  if (last) act("unsend", { id: last.id });
  else toast("取り消せるメッセージがありません。");
});
byId("own-file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  target.value = "";
  if (!file) return;
  if (file.size > MOST_BYTES) return toast("20MBまでのファイルを選んでください。");
  act("send", { name: file.name, type: file.type || "application/octet-stream", data: await base64(file) });
});

/** A data: address ends with it. */
function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

byId("attach").addEventListener("click", () => showAttachments(byId("attachments").hidden));
byId("attachments").addEventListener("click", () => showAttachments(false));

function showAttachments(shown) {
  byId("attachments").hidden = !shown;
  byId("attach").setAttribute("aria-expanded", String(shown));
}

byId("add-parent").addEventListener("click", addParent);

// Places

document.querySelectorAll("[data-open]").forEach((button) =>
  button.addEventListener("click", () => {
    closeDrawers();
    byId(button.dataset.open).showModal();
  }),
);
place.querySelector("[data-dismiss]").addEventListener("click", () => place.close());
byId("place-search").addEventListener("input", (event) => {
  const rows = [...byId("places").children];
  rows.forEach((row) => (row.hidden = !row.textContent.includes(event.target.value.trim())));
  byId("no-place").hidden = rows.some((row) => !row.hidden);
});
byId("places").addEventListener("click", (event) => {
  const chosen = event.target.closest("button");
  if (!chosen) return;
  place.close();
  const { latitude, longitude } = chosen.dataset;
  act("location", { latitude, longitude, name: chosen.textContent });
});

behind({ get, post, toast });
refreshParents();
setInterval(() => document.hidden || refreshParents(), 3000);
document.addEventListener("visibilitychange", () => document.hidden || poll());
