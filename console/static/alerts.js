// A sound and a notification of the desktop, for whoever switched them on. Neither ever says a word of a consultation;
// where the browser allows neither, the strip and the title say the same.
"use strict";
{
  const CRISIS = { tag: "crisis", words: "緊急の相談があります", notes: [988, 740, 988] };
  const MINE = { tag: "mine", words: "担当の相談に新しいメッセージがあります", notes: [660, 880] };
  const NEW = { tag: "new", words: "新しい相談があります", notes: [660] };
  const NOTE = 0.18; // seconds

  let audio = null;
  async function sound(notes) {
    if (!("AudioContext" in window)) throw new Error("no sound");
    audio ??= new AudioContext();
    if (audio.state === "suspended") await audio.resume();
    notes.forEach((pitch, index) => {
      const at = audio.currentTime + index * (NOTE + 0.04);
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      voice.frequency.value = pitch;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.2, at + 0.02);
      volume.gain.linearRampToValueAtTime(0, at + NOTE);
      voice.connect(volume).connect(audio.destination);
      voice.start(at);
      voice.stop(at + NOTE);
    });
  }

  // One for each kind: several windows of the same browser replace each other's.
  function notify({ tag, words }) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification("つなぐ窓口", { body: words, tag, lang: "ja" });
    shown.addEventListener("click", () => { window.focus(); shown.close(); });
  }

  function what({ before, now }) {
    if (now.crises.some((one) => !before.crises.includes(one))) return CRISIS;
    if (now.mine > before.mine) return MINE;
    return now.unread - now.mine > before.unread - before.mine ? NEW : null;
  }

  document.addEventListener("watched", (event) => {
    const news = what(event.detail);
    const wants = document.getElementById("watch").dataset;
    if (!news) return;
    if ("sound" in wants) sound(news.notes).catch(() => {});
    if ("notifications" in wants) {
      try { notify(news); } catch { /* some browsers only let a service worker notify */ }
    }
  });

  // ---- The settings: tried, and permitted, only by a press.

  const permission = document.getElementById("permission");
  function tellPermission() {
    const known = "Notification" in window && window.isSecureContext;
    const words = {
      granted: "この端末では、通知が許可されています。",
      denied: "この端末では、通知が止められています。ブラウザの設定で許可すると使えます。",
      default: "この端末では、まだ許可されていません。",
    };
    permission.textContent = known ? words[Notification.permission] : "この端末やつなぎ方では、通知を使えません。画面の帯と題名の数字で分かります。";
    document.getElementById("permit").hidden = !known || Notification.permission !== "default";
  }

  if (permission) {
    document.querySelectorAll(".scripted").forEach((element) => { element.hidden = false; });
    document.getElementById("try-sound").addEventListener("click", () => {
      const told = document.getElementById("sound-told");
      told.textContent = "";
      sound(CRISIS.notes).then(
        () => { told.textContent = "鳴らしました。聞こえないときは、端末の音量を確かめてください。"; },
        () => { told.textContent = "この端末では音を出せません。画面の帯と題名の数字で分かります。"; },
      );
    });
    document.getElementById("permit").addEventListener("click", async () => {
      await Notification.requestPermission();
      tellPermission();
    });
    tellPermission();
  }
}
