// Sound and browser notices of the do-it-now window: off until somebody switches them on, in this browser only.
// A browser lets a page sound only after a click, so the context is made by one and kept.
const NEW = { notes: [523, 659], volume: 0.05 }, LATE = { notes: [440, 440], volume: 0.07 };
const BETWEEN = 3000;
const NAMES = { new: "huhang.sound.new", late: "huhang.sound", notice: "huhang.notice" }; // `huhang.sound` is the shell's

const isOn = (name) => { try { return localStorage.getItem(NAMES[name]) === "on"; } catch { return false; } };
const set = (name, on) => { try { localStorage.setItem(NAMES[name], on ? "on" : "off"); } catch { /* for this page only */ } };

let audio = null, lastAt = 0;
function ready() {
  audio ||= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  return audio;
}

function play({ notes, volume }) {
  if (!audio || audio.state !== "running") return false;
  notes.forEach((pitch, number) => {
    const at = audio.currentTime + number * 0.18;
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.linearRampToValueAtTime(volume, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
    tone.connect(loud).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.18);
  });
  return true;
}

function sound(tone) {
  if (Date.now() - lastAt < BETWEEN) return;
  if (play(tone)) lastAt = Date.now();
}

// Kept for whoever watches what was said, a test or a person's own script: no name, no phone.
function notice(title, body) {
  if (!isOn("notice") || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, tag: "huhang.window", silent: true });
  shown.onclick = () => { focus(); shown.close(); };
}

const words = document.getElementById("alert-words").dataset;
document.body.addEventListener("window:arrived", ({ detail }) => {
  if (isOn("new")) sound(NEW);
  notice(words.new.replace("%s", detail.says.length), detail.says[0]);
});
document.addEventListener("clock:turned", (event) => {
  if (event.detail.state !== "late" || !event.target.closest("#window")) return;
  notice(words.late, event.target.closest("[data-say]")?.dataset.say ?? "");
});

// ---- The dialog.
function show() {
  for (const box of document.querySelectorAll("[data-alert]")) {
    box.checked = isOn(box.dataset.alert) && (box.dataset.alert !== "notice" || window.Notification?.permission === "granted");
  }
}

async function allowed(said) {
  if (!("Notification" in window)) { said.textContent = said.dataset.unknown; return false; }
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  if (answer !== "granted") said.textContent = said.dataset.refused;
  return answer === "granted";
}

document.addEventListener("change", async (event) => {
  const box = event.target.closest("[data-alert]");
  if (!box) return;
  const said = document.querySelector("[data-alert-said]");
  said.textContent = "";
  if (box.checked && box.dataset.alert === "notice") box.checked = await allowed(said);
  if (box.checked && box.dataset.alert !== "notice") ready();
  set(box.dataset.alert, box.checked);
});

document.addEventListener("click", async (event) => {
  if (isOn("new") || isOn("late")) ready();
  if (!event.target.closest("[data-alert-test]")) return;
  await ready().resume();
  if (play(NEW)) { const said = document.querySelector("[data-alert-said]"); said.textContent = said.dataset.played; }
});

document.body.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target.id === "dialog") show(); });
