// One bubble of the talk, of whatever kind.

import { cards, element } from "./flex.js";

const CLOCK = new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
const LINKS = /(https?:\/\/[^\s、。「」（）]+|\b0\d{1,4}-\d{1,4}-\d{3,4}\b)/g;
const ACCOUNT = "つなぐ窓口";
const THINGS = { sticker: "スタンプ", image: "写真", video: "動画", audio: "音声", file: "ファイル" };

/** `act(action)`: something was tapped. `quoted`: the words of the bubble that is answered. */
export function bubble(shown, { act, quoted }) {
  const made = element("article", `bubble ${shown.mine ? "mine" : "theirs"}`);
  made.dataset.id = shown.id;
  made.append(sender(shown));
  const said = element("div", "said");
  said.append(content(shown, act, quoted), time(shown));
  made.append(said);
  if (isWide(shown)) said.style.display = "block";
  return made;
}

/** The message as plain words, for quoting. */
export function words(message) {
  return message.text ?? message.altText ?? message.title ?? THINGS[message.type] ?? "";
}

function sender(shown) {
  const name = element("p", shown.mine ? "sr" : "sender");
  name.textContent = shown.mine ? "保護者" : shown.sender ? `${shown.sender} from ${ACCOUNT}` : ACCOUNT;
  return name;
}

function time(shown) {
  const made = element("time", "time");
  made.dateTime = shown.at;
  made.textContent = CLOCK.format(new Date(shown.at));
  return made;
}

function isWide(shown) {
  return !shown.mine && ["flex", "template"].includes(shown.message.type);
}

function content(shown, act, quoted) {
  if (shown.unsent) return unsent();
  const { message } = shown;
  switch (message.type) {
    case "text":
      return text(message, act, quoted);
    case "flex":
      return cards(message.contents, act);
    case "template":
      return templates(message.template, act);
    case "location":
      return thing(`場所\n${[message.title, message.address].filter(Boolean).join("\n") || "共有した場所"}`);
    default:
      return thing([THINGS[message.type] ?? "メッセージ", message.fileName].filter(Boolean).join("\n"));
  }
}

function unsent() {
  const made = element("div", "words unsent");
  made.textContent = "送信を取り消しました";
  return made;
}

function text(message, act, quoted) {
  const made = element("div", "words");
  if (quoted) made.append(quote(quoted));
  message.text.split(LINKS).forEach((part, place) => made.append(place % 2 ? link(part, act) : part));
  return made;
}

function quote(said) {
  const made = element("span", "quoted");
  made.textContent = said;
  return made;
}

function link(address, act) {
  const made = element("a");
  const uri = address.startsWith("http") ? address : `tel:${address}`;
  made.href = uri;
  made.textContent = address;
  made.addEventListener("click", (event) => {
    event.preventDefault();
    act({ type: "uri", uri });
  });
  return made;
}

function thing(label) {
  const made = element("div", "thing");
  made.style.whiteSpace = "pre-wrap";
  made.textContent = label;
  return made;
}

function templates(template, act) {
  const row = element("div", "cards");
  row.append(...(template.columns ?? [template]).map((column) => templateCard(column, act)));
  return row;
}

function templateCard(column, act) {
  const made = element("div", "card template");
  for (const name of ["title", "text"]) {
    if (column[name]) {
      const line = element("p", name);
      line.textContent = column[name];
      made.append(line);
    }
  }
  made.append(...(column.actions ?? [column.action]).map((action) => templateButton(action, act)));
  return made;
}

function templateButton(action, act) {
  const made = element("button", "flex-button link");
  made.type = "button";
  made.style.minHeight = "44px";
  made.textContent = action.label ?? "ひらく";
  made.addEventListener("click", () => act(action));
  return made;
}
