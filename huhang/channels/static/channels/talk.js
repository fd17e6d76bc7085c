// The customer's side of a talk. Every word gets a name here and is kept until the server has it: a cut line, a second
// press or a reload sends it again under the same name, and it arrives once. What is new is fetched after the last
// number known, so nothing is missed and nothing shown twice.
import { linked } from "../js/links.js";
import { mine } from "../js/mine.js";
import { parcel } from "./talk-cards.js";
import { phone } from "./talk-phone.js";

const box = document.getElementById("talk");
const say = document.getElementById("say");
const list = document.getElementById("words");
const standing = document.getElementById("standing");
const chips = document.getElementById("chips");
const say_text = say.elements.text;
const store = `huhang:${box.dataset.key}`;
const words = box.dataset;
const typing = document.getElementById("typing");
const POLL = 5000, RETRY = 3000, TYPE_EVERY = 800, TYPING_SHOWN = 6000;

const memory = (() => {
  try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return {}; }
})();
memory.outbox ||= [];
// A link in an SMS carries the secret of the talk that waits here: behind the #, so that no server and no log gets it.
const given = /^#s=([\w-]{22,64})$/.exec(location.hash);
if (given) {
  if (memory.secret !== given[1]) Object.assign(memory, { secret: given[1], outbox: [] });
  history.replaceState(null, "", location.pathname + location.search);
}
// Who is signed in at the website around us, as it has signed; it travels the same way.
const signed = /^#m=([\w.-]{20,4000})$/.exec(location.hash)?.[1];
if (signed) history.replaceState(null, "", location.pathname + location.search);
let isRecognised = false;
const remember = () => { try { localStorage.setItem(store, JSON.stringify({ secret: memory.secret, outbox: memory.outbox })); } catch { /* private mode */ } };

// A language that was chosen in the page's address goes along with every question.
const spoken = new URLSearchParams(location.search).get("lang");
let talk = { no: "", last: 0, stage: "", read: 0 };
let source = null, fetching = null, again = false, flushing = false, offline = false, typed = 0;

async function ask(path, body, query = "") {
  const options = { cache: "no-store", headers: memory.secret ? { "X-Visitor": memory.secret } : {} };
  if (body) Object.assign(options, { method: "POST", body });
  const address = new URL(`${words.base}${path}${query}`, location);
  if (spoken) address.searchParams.set("lang", spoken);
  const answer = await fetch(address, options);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(told.error || String(answer.status)), { status: answer.status });
  return told;
}

const form = (facts) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(facts)) data.append(name, value);
  return data;
};

// One beginning at a time: two would be two visitors, and the words of one would not be found with the secret of the other.
let beginning = null;
function begin(scenario = "") {
  if (talk.no) return Promise.resolve();
  beginning ||= ask("begin", form({ scenario })).then((told) => {
    memory.secret = told.secret;
    remember();
    take(told);
    listen(told);
  }).finally(() => { beginning = null; });
  return beginning;
}

// Without it the talk goes on with somebody unknown; whoever keeps the website reads why in the console.
function recognise() {
  if (!signed || isRecognised) return;
  isRecognised = true;
  ask("member", form({ no: talk.no, token: signed })).catch((error) => console.warn("member:", error.message));
}

function listen({ topic, last }) {
  recognise();
  source?.close();
  const url = new URL(words.push, location.href);
  url.searchParams.set("token", topic);
  url.searchParams.set("last", last);
  source = new EventSource(url);
  source.addEventListener("change", ({ data }) => own.heard(JSON.parse(data).id));
  source.onopen = () => { offline = false; stand(); news(); };
  source.onerror = () => { offline = true; stand(); };
}

const own = mine(() => news());
const left = phone(async (facts) => {
  await begin();
  await ask("phone", form({ no: talk.no, ...facts }));
  news();
});

// One question at a time; whoever asks meanwhile is answered by one more.
function news() {
  if (!talk.no) return;
  if (fetching) { again = true; return; }
  fetching = ask("news", null, `?no=${talk.no}&after=${talk.last}`)
    .then((told) => { offline = false; take(told); })
    .catch(() => { offline = true; stand(); })
    .finally(() => { fetching = null; if (again) { again = false; news(); } });
}

function take(told) {
  talk = { ...talk, no: told.no, stage: told.stage, read: told.read, ahead: told.ahead, wait: told.wait, agent: told.agent };
  showTyping(told.is_typing);
  for (const message of told.messages) {
    if (message.seq <= talk.last) continue;
    talk.last = message.seq;
    show(message);
  }
  list.querySelectorAll(".customer[data-seq]").forEach((item) => mark(item));
  stand();
  if (document.visibilityState === "visible" && told.messages.some((m) => m.side === "agent")) {
    ask("seen", form({ no: talk.no, up_to: talk.last })).catch(() => {});
  }
}

// Told anew every few seconds while somebody writes; without a word it comes down by itself.
let typingUntil = 0;
function showTyping(isTyping) {
  clearTimeout(typingUntil);
  typing.hidden = !isTyping;
  if (isTyping) typingUntil = setTimeout(() => { typing.hidden = true; }, TYPING_SHOWN);
}

function show(message) {
  if (greeted(message)) return;
  let item = message.key && list.querySelector(`[data-key="${CSS.escape(message.key)}"]`);
  item ||= bubble(message);
  list.append(item); // in the order of the server, wherever it stood while it was on its way
  item.dataset.seq = message.seq;
  item.classList.remove("is-failed");
  mark(item);
  list.scrollTop = list.scrollHeight;
}

// The greeting stands on the page before there is a talk: when it comes as the first word, it stays where it is.
function greeted(message) {
  const greeting = document.getElementById("greeting");
  if (!greeting) return false;
  if (message.side !== "house" || message.text !== greeting.textContent.trim()) { greeting.remove(); return false; }
  greeting.removeAttribute("id");
  greeting.dataset.seq = message.seq;
  return true;
}

// A word of ours has its number. It stands as it is, unless others came before it that are not here yet.
function said(item, seq) {
  item.classList.remove("is-failed");
  if (seq <= talk.last) return; // fetched meanwhile
  if (seq > talk.last + 1) { news(); return; }
  talk.last = seq;
  list.append(item);
  item.dataset.seq = seq;
  mark(item);
  list.scrollTop = list.scrollHeight;
}

function bubble({ side, name, sort, text, files = [], key = "", data = {} }) {
  const item = document.createElement("li");
  if (data.card === "survey") return survey(item, text, data.link);
  item.className = `word ${side}${sort === "event" ? " event" : ""}`;
  if (key) item.dataset.key = key;
  if (side === "agent" && name) item.append(small(name));
  if (data.card === "parcel") { item.append(parcel(data)); return item; }
  for (const file of files) item.append(shownFile(file));
  if (text) {
    const words_ = document.createElement("p");
    words_.append(linked(text));
    item.append(words_);
  }
  if (side === "customer") item.append(small(""));
  return item;
}

// The satisfaction card: one tap is the answer, a second one changes it; the rest is asked where there is room.
function survey(item, text, link) {
  item.className = "word house survey";
  const asked = item.appendChild(document.createElement("p"));
  asked.textContent = text;
  const row = item.appendChild(document.createElement("div"));
  row.className = "scores";
  const rest = item.appendChild(document.createElement("a"));
  Object.assign(rest, { href: link, target: "_blank", rel: "noopener", textContent: words.more, hidden: true });
  words.scores.split("|").forEach((name, i) => {
    const button = row.appendChild(document.createElement("button"));
    button.type = "button";
    button.appendChild(document.createElement("b")).textContent = 5 - i;
    button.append(name);
    button.addEventListener("click", async () => {
      const body = new URLSearchParams({ score: 5 - i });
      const answer = await fetch(`${link}/answer`, { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null);
      const told = answer ? await answer.json().catch(() => ({})) : {};
      asked.textContent = answer?.ok ? words.thanks : told.error || words.unrated;
      if (!answer?.ok) return;
      rest.hidden = false;
      for (const one of row.children) one.setAttribute("aria-pressed", String(one === button));
    });
  });
  return item;
}

function shownFile(file) {
  const holder = document.createElement("div");
  fetch(`${words.base}file?no=${talk.no}&file=${file.file}`, { headers: { "X-Visitor": memory.secret } })
    .then((answer) => (answer.ok ? answer.blob() : Promise.reject()))
    .then((content) => {
      const address = URL.createObjectURL(content);
      if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
        const picture = holder.appendChild(new Image());
        picture.alt = file.name;
        picture.src = address;
      } else {
        const link = holder.appendChild(document.createElement("a"));
        link.href = address;
        link.download = link.textContent = file.name;
      }
    })
    .catch(() => { holder.textContent = file.name; });
  return holder;
}

function small(text) {
  const line = document.createElement("small");
  line.textContent = text;
  return line;
}

function mark(item) {
  const line = item.querySelector("small:last-child");
  if (line) line.textContent = talk.stage === "talking" ? (Number(item.dataset.seq) <= talk.read ? words.read : words.unread) : "";
}

function stand() {
  standing.classList.toggle("is-off", offline);
  standing.textContent = offline ? words.offline : standingWords();
  const over = talk.stage === "closed";
  chips.hidden = Boolean(talk.no) && talk.stage !== "self_service" && !over;
  say.hidden = left.hidden = over;
  for (const one of chips.querySelectorAll("#human, [data-scenario]")) one.hidden = over;
  if (over && !chips.querySelector(".again")) {
    const button = chips.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "button button-main again";
    button.textContent = words.again;
    button.addEventListener("click", () => location.reload());
  }
}

function standingWords() {
  if (talk.stage === "waiting") {
    const place = talk.ahead ? words.ahead.replace("%s", talk.ahead) : words.next;
    if (talk.wait == null) return place;
    const wait = talk.wait < 60 ? words.soon : words.minutes.replace("%s", Math.ceil(talk.wait / 60));
    return `${place} · ${wait}`;
  }
  if (talk.stage === "talking" && talk.agent) return words.with.replace("%s", talk.agent);
  if (talk.stage === "left_message") return words.left;
  return talk.stage === "closed" ? words.over : "";
}

async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    while (memory.outbox.length) {
      const [next] = memory.outbox;
      await begin();
      const item = list.querySelector(`[data-key="${next.key}"]`) || list.appendChild(bubble({ ...next, side: "customer" }));
      try {
        const told = await own.doing(ask("say", form({ no: talk.no, key: next.key, text: next.text })));
        memory.outbox.shift();
        remember();
        said(item, told.seq);
      } catch (error) {
        // What the server refuses is told and let go; what did not arrive waits for the line.
        item.classList.add("is-failed");
        item.querySelector("small:last-child").textContent = error.status && error.status < 500 ? error.message : words.failed;
        if (!(error.status && error.status < 500 && error.status !== 429)) throw error;
        memory.outbox.shift();
        remember();
      }
    }
  } catch {
    setTimeout(flush, RETRY);
  } finally {
    flushing = false;
  }
}

const name = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

function speak(text) {
  if (!text.trim()) return;
  const word = { key: name(), text };
  memory.outbox.push(word);
  remember();
  list.append(bubble({ ...word, side: "customer" }));
  list.lastElementChild.querySelector("small:last-child").textContent = words.sending;
  list.scrollTop = list.scrollHeight;
  flush();
}

say.addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = say_text;
  say_text.value = "";
  speak(value);
});
say_text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say.requestSubmit();
});
say_text.addEventListener("input", () => {
  if (talk.stage !== "talking" || Date.now() - typed < TYPE_EVERY) return;
  typed = Date.now();
  setTimeout(() => ask("typing", form({ no: talk.no, text: say_text.value })).catch(() => {}), TYPE_EVERY);
});
say.elements.files.addEventListener("change", async (event) => {
  const chosen = [...event.target.files].slice(0, 5);
  event.target.value = "";
  if (!chosen.length) return;
  await begin();
  const data = form({ no: talk.no, key: name(), text: "" });
  chosen.forEach((file) => data.append("files", file));
  ask("say", data).then(news).catch((error) => { standing.textContent = error.message; standing.classList.add("is-off"); });
});
chips.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "human") {
    await begin().catch(() => { offline = true; });
    await ask("human", form({ no: talk.no })).catch(() => { offline = true; });
    news();
  } else if (button.dataset.scenario) {
    await begin(button.dataset.scenario).catch(() => { offline = true; });
    speak(button.textContent);
  }
  stand();
});
// The code on a waybill brings its number along: it stands ready to be sent.
const parcelNo = new URLSearchParams(location.search).get("w") || "";
if (/^[A-Za-z0-9]{8,24}$/.test(parcelNo)) say_text.value ||= parcelNo;
addEventListener("online", () => { flush(); news(); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") news(); });
setInterval(() => { if (talk.no && talk.stage !== "closed" && (offline || talk.stage === "waiting")) news(); }, POLL);

if (given) remember();
// Somebody who was here before goes on where the talk stands.
if (memory.secret) {
  ask("news").then((told) => {
    if (!told.no) return;
    take(told);
    listen(told);
  }).catch(() => {}).finally(flush);
} else if (memory.outbox.length) flush();
