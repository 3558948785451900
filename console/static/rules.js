// Words as chips, and the answer as the parent will see it. Without it there is a line for each word.
"use strict";

function words(area) {
  return area.value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function chip(area, list, word) {
  const item = document.createElement("li");
  const away = document.createElement("button");
  item.append(word, away);
  away.type = "button";
  away.textContent = "×";
  away.setAttribute("aria-label", `「${word}」を消す`);
  away.addEventListener("click", () => {
    area.value = words(area).filter((other) => other !== word).join("\n");
    (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("button").focus();
    item.remove();
  });
  return item;
}

function asChips(area) {
  const list = document.createElement("ul");
  const field = document.createElement("input");
  list.className = "chips";
  field.id = `${area.id}-new`;
  field.placeholder = "言葉を入れて Enter";
  field.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
  const add = () => {
    const word = field.value.trim();
    field.value = "";
    if (!word || words(area).includes(word)) return;
    area.value = [...words(area), word].join("\n");
    list.append(chip(area, list, word));
  };
  // An Enter that ends a kana conversion adds nothing.
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  area.form.addEventListener("submit", add, { capture: true });
  list.append(...words(area).map((word) => chip(area, list, word)));
  document.querySelector(`label[for="${area.id}"]`).htmlFor = field.id;
  area.hidden = true;
  area.before(list, field);
}

document.querySelectorAll("[data-chips]").forEach(asChips);
for (const shown of document.querySelectorAll("[data-shows]")) {
  document.getElementById(shown.dataset.shows).addEventListener("input", (event) => { shown.textContent = event.target.value; });
}
