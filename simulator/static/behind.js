// What a parent does not see: the clock, the quota, the faults, the bot's calls.

import { element } from "./flex.js";

const CLOCK = new Intl.DateTimeFormat("ja-JP", { dateStyle: "medium", timeStyle: "medium", timeZone: "Asia/Tokyo" });
const EVERY = 2000; // ms, while unfolded

/** `get(path)` and `post(path, body)` speak to the simulator. */
export function behind({ get, post, toast }) {
  const folded = document.getElementById("behind");

  async function refresh() {
    if (!folded.open) return;
    const state = await get("behind");
    facts(state);
    calls(state.requests);
    setTimeout(refresh, EVERY);
  }

  folded.addEventListener("toggle", refresh);
  for (const button of document.querySelectorAll("[data-post]")) {
    button.addEventListener("click", async () => {
      await post(button.dataset.post, {});
      toast(`${button.textContent}：受け付けました`);
    });
  }
  onSubmit("faults", () => [
    "faults",
    {
      kind: value("fault-kind"),
      endpoint: value("fault-endpoint"),
      times: Number(value("fault-times")),
      seconds: Number(value("fault-seconds")),
    },
  ]);
  onSubmit("quota", () => ["quota", { limit: value("quota-limit") === "" ? null : Number(value("quota-limit")) }]);

  function onSubmit(id, request) {
    document.getElementById(id).addEventListener("submit", async (event) => {
      event.preventDefault();
      await post(...request());
      toast("受け付けました");
    });
  }
}

function value(id) {
  return document.getElementById(id).value;
}

function facts(state) {
  const limit = state.quota === null ? "制限なし" : `${state.quota}通まで`;
  const rows = {
    時刻: CLOCK.format(new Date(state.now)),
    プッシュ: `${state.consumption}通（${limit}）`,
    届かなかったもの: `${state.undelivered}件`,
    これからの故障: state.faults.map((fault) => `${fault.kind}×${fault.times}`).join("、") || "なし",
  };
  const list = document.getElementById("facts");
  list.replaceChildren(
    ...Object.entries(rows).flatMap(([name, said]) => [withText("dt", name), withText("dd", said)]),
  );
}

function calls(requests) {
  const rows = requests.map(([method, path, status]) => withText("li", `${status ?? "返事なし"} ${method} ${path}`));
  const none = withText("li", "まだありません。");
  document.getElementById("calls").replaceChildren(...(rows.length ? rows : [none]));
}

function withText(name, said) {
  const made = element(name);
  made.textContent = said;
  return made;
}
