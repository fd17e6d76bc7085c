// One timer for every clock on the page. The server's clock counts, not that of the machine.
const words = document.body.dataset;
const SOON = 0.5, URGENT = 0.8, SOON_LEFT = 900, URGENT_LEFT = 300;
const offset = serverOffset();

function serverOffset() {
  const said = Date.parse(document.querySelector('meta[name="server-now"]')?.content);
  const [page] = performance.getEntriesByType("navigation");
  return said && page ? said - (performance.timeOrigin + page.responseStart) : 0;
}

export const now = () => Date.now() + offset;

const two = (n) => String(n).padStart(2, "0");

export function digits(seconds) {
  const s = Math.floor(seconds);
  if (s >= 86400) return `${Math.floor(s / 86400)}${words.days} ${two(Math.floor((s % 86400) / 3600))}:${two(Math.floor((s % 3600) / 60))}`;
  if (s >= 3600) return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}

export function stateOf(due, from, at) {
  const left = (due - at) / 1000;
  if (left < 0) return "late";
  if (!from || due <= from) return left < URGENT_LEFT ? "urgent" : left < SOON_LEFT ? "soon" : "on-time";
  const used = 1 - (due - at) / (due - from);
  return used >= URGENT ? "urgent" : used >= SOON ? "soon" : "on-time";
}

function tick() {
  const at = now();
  for (const clock of document.querySelectorAll("time[data-due]")) {
    if (clock.dataset.paused !== undefined) continue;
    const due = Date.parse(clock.dataset.due), from = Date.parse(clock.dataset.from) || null;
    const left = (due - at) / 1000;
    const text = (left >= 0 ? words.left : words.over).replace("%s", digits(Math.abs(left)));
    if (clock.textContent !== text) clock.textContent = text;
    const state = stateOf(due, from, at);
    if (!clock.classList.contains(`clock-${state}`)) turn(clock, state);
  }
}

function turn(clock, state) {
  clock.className = clock.className.replace(/\bclock-\S+/, `clock-${state}`);
  clock.dispatchEvent(new CustomEvent("clock:turned", { bubbles: true, detail: { state } }));
  if (state === "late" || state === "urgent") ring();
}

let lastRing = 0;
function ring() {
  try { if (localStorage.getItem("huhang.sound") !== "on") return; } catch { return; }
  if (Date.now() - lastRing < 3000) return;
  lastRing = Date.now();
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.35);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang || "zh-Hans", { numeric: "always", style: "short" });
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function age() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(time.dateTime) - now()) / 1000;
    const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
    time.textContent = step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : words.justNow;
  }
}

setInterval(tick, 1000);
setInterval(age, 20000);
tick();
document.body.addEventListener("htmx:afterSettle", tick);
