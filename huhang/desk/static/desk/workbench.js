// The workbench. Every conversation that was opened stays open: its words are fetched after the last number known, its
// draft is its own. What is sent has a name made here and is kept until the server has it, so it arrives once.
import { mine } from "../js/mine.js";
import { ask, bench, form, say, words } from "./bench-wire.js";

const talks = document.getElementById("bench-talks");
const picture = document.getElementById("bench-picture");
const line = document.getElementById("bench-line");
const STORE = "huhang:bench", RETRY = 3000, DRAFT_AFTER = 1200;

let shown = "", flushing = false;
const asking = new Map(), drafting = new Map();
const outbox = (() => { try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch { return []; } })();
const remember = () => { try { localStorage.setItem(STORE, JSON.stringify(outbox)); } catch { /* private mode */ } };

const narrow = matchMedia("(max-width: 700px)");
const talkOf = (no) => document.getElementById(`talk-${no}`);

async function open(no) {
  if (!no) return;
  shown = no;
  bench.classList.add("is-open");
  bench.classList.remove("is-about");
  location.hash = no;
  talks.classList.add("is-opening"); // dims after a moment: who waits sees that something comes
  const is_there = await painted(no);
  if (shown === no) talks.classList.remove("is-opening");
  if (!is_there) return;
  document.getElementById("bench-empty").hidden = true;
  for (const one of talks.querySelectorAll(".bench-talk")) one.hidden = one.dataset.no !== shown;
  mark();
  const talk = talkOf(no);
  const list = talk.querySelector("[data-words]");
  if (list) list.scrollTop = list.scrollHeight;
  write(talk);
  seen(talk);
  show(no);
}

async function show(no) {
  const about = await ask(`${words.base}${no}/picture/`).catch(() => null);
  if (about && shown === no) {
    picture.innerHTML = await about.text();
    htmx.process(picture);
  }
}

// Where one may answer one writes at once; elsewhere the keys take it. On a small screen a keyboard would cover what was said.
function write(talk) {
  if (talk.dataset.mine && !narrow.matches) talk.querySelector(".bench-say textarea")?.focus();
}

// A conversation is painted once, however many ask for it while it is fetched.
const painting = new Map();
function painted(no) {
  if (talkOf(no)) return true;
  if (!painting.has(no)) {
    painting.set(no, ask(`${words.base}${no}/`).then((answer) => answer.text()).then((page) => {
      talks.insertAdjacentHTML("beforeend", page);
      const talk = talkOf(no);
      htmx.process(talk);
      arrange(talk);
      document.dispatchEvent(new CustomEvent("bench:painted", { detail: { talk } }));
      document.body.dispatchEvent(new CustomEvent("live:look"));
      return true;
    }).catch((error) => { unread(no, error); return false; }).finally(() => painting.delete(no)));
  }
  return painting.get(no);
}

// It is not there, or the line is cut: said where the words would be, with a way to try again.
function unread(no, error) {
  say(error);
  if (shown !== no) return;
  for (const one of talks.querySelectorAll(".bench-talk")) one.hidden = true;
  const empty = document.getElementById("bench-empty");
  empty.hidden = false;
  const holder = document.createElement("div");
  holder.className = "empty";
  holder.append(Object.assign(document.createElement("p"), { textContent: words.away }));
  const again = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: words.again });
  again.addEventListener("click", () => open(no));
  holder.append(again);
  empty.replaceChildren(holder);
}

// Which row is open; a call that is open already is not offered in the bar once more.
function mark() {
  for (const row of document.querySelectorAll(".bench-row")) row.classList.toggle("is-shown", row.dataset.row === shown);
  for (const link of document.querySelectorAll(".bench-call [data-open]")) link.hidden = link.dataset.open === shown;
}

// What came with a conversation when it was painted; its words get their place by their numbers.
function arrange(talk) {
  if (!talk.querySelector("[data-words]")) return;
  const numbers = [...talk.querySelectorAll("[data-seq]")].map((item) => Number(item.dataset.seq));
  talk.dataset.last = Math.max(0, ...numbers);
}

// One question at a time for each conversation; whoever asks meanwhile is answered by one more.
function news(no) {
  const talk = talkOf(no);
  if (!talk?.dataset.last) return;
  if (asking.has(no)) { asking.set(no, true); return; }
  asking.set(no, false);
  ask(`${words.base}${no}/words/?after=${talk.dataset.last}`)
    .then((answer) => answer.json())
    .then((told) => take(talk, told))
    .catch(() => {})
    .finally(() => {
      const again = asking.get(no);
      asking.delete(no);
      if (again) news(no);
    });
}

function take(talk, told) {
  const list = talk.querySelector("[data-words]");
  const holder = document.createElement("ol");
  holder.innerHTML = told.items;
  for (const item of [...holder.children]) {
    if (Number(item.dataset.seq) <= Number(talk.dataset.last)) {
      // A word that is here already: sent, refused or read by now, or its picture has come.
      const known = list.querySelector(`[data-seq="${item.dataset.seq}"]`);
      if (known && known.innerHTML !== item.innerHTML) known.replaceWith(item);
      continue;
    }
    list.querySelector(`[data-key="${CSS.escape(item.dataset.key)}"]`)?.remove();
    list.append(item);
    talk.dataset.last = item.dataset.seq;
    list.scrollTop = list.scrollHeight;
  }
  if (told.about !== talk.dataset.about) { talk.dataset.about = told.about; if (shown === talk.dataset.no) show(shown); } // they named a parcel
  talk.querySelector(".bench-typing").textContent = told.preview ? words.typing.replace("%s", told.preview) : readUpTo(talk, told.read);
  if (told.is_mine !== Boolean(talk.dataset.mine) || told.stage === "closed" !== Boolean(talk.querySelector(".bench-over"))) repaint(talk);
  else seen(talk);
}

function readUpTo(talk, read) {
  const mine = [...talk.querySelectorAll(".is-agent[data-seq]")].at(-1);
  return mine && Number(mine.dataset.seq) <= read ? words.read : "";
}

// Somebody else has it now, or nobody: the buttons change, and what was typed stays.
async function repaint(talk) {
  const typed = talk.querySelector("textarea")?.value;
  const answer = await ask(`${words.base}${talk.dataset.no}/`).catch(() => null);
  if (!answer) return;
  const holder = document.createElement("div");
  holder.innerHTML = await answer.text();
  const fresh = holder.firstElementChild;
  fresh.hidden = talk.hidden;
  talk.replaceWith(fresh);
  htmx.process(fresh);
  arrange(fresh);
  document.body.dispatchEvent(new CustomEvent("live:look"));
  const field = fresh.querySelector("textarea");
  if (field && typed && !field.value) field.value = typed;
  const list = fresh.querySelector("[data-words]");
  list.scrollTop = list.scrollHeight;
}

function seen(talk) {
  if (!talk.dataset.mine || talk.hidden || document.visibilityState !== "visible" || talk.dataset.seen === talk.dataset.last) return;
  talk.dataset.seen = talk.dataset.last;
  ask(`${words.base}${talk.dataset.no}/seen/`, form({ up_to: talk.dataset.last })).catch(() => {});
}

const name = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

function bubble(word) {
  const item = document.createElement("li");
  item.className = `bench-word is-${word.is_note ? "note" : "agent"}`;
  item.dataset.key = `desk:${document.body.dataset.person || ""}:${word.key}`;
  item.dataset.mine = word.key;
  item.appendChild(document.createElement("p")).textContent = word.text;
  item.appendChild(document.createElement("small")).textContent = words.sending;
  return item;
}

function speak(talk, text, isNote) {
  if (!text.trim()) return;
  const word = { no: talk.dataset.no, key: name(), text, is_note: isNote };
  outbox.push(word);
  remember();
  const list = talk.querySelector("[data-words]");
  list.append(bubble(word));
  list.scrollTop = list.scrollHeight;
  clearTimeout(drafting.get(word.no));
  drafting.delete(word.no);
  if (!isNote) ask(talk.querySelector("form").dataset.draft, form({ text: "" })).catch(() => {});
  flush();
}

async function flush() {
  if (flushing) return;
  flushing = true;
  try {
    while (outbox.length) {
      const [word] = outbox;
      const item = document.querySelector(`[data-mine="${word.key}"]`);
      try {
        const talk = talkOf(word.no);
        const facts = { key: word.key, text: word.text, is_note: word.is_note, after: talk?.dataset.last ?? "" };
        const sent = ask(`${words.base}${word.no}/say/`, form(facts)).then((answer) => answer.json());
        const told = await own.doing(sent);
        item?.remove();
        outbox.shift();
        remember();
        if (told.items !== undefined && talk.isConnected) take(talk, told); else news(word.no);
      } catch (error) {
        const refused = error.status && error.status < 500 && error.status !== 429;
        item?.classList.add("is-failed");
        if (item) item.lastElementChild.textContent = words.failed;
        if (!refused) throw error;
        outbox.shift();
        remember();
        const field = talkOf(word.no)?.querySelector("textarea");
        if (field && !field.value) field.value = word.text; // what was refused is not lost
        item?.remove();
        say(error);
      }
    }
  } catch {
    setTimeout(flush, RETRY);
  } finally {
    flushing = false;
  }
}

async function refreshLine() {
  const answer = await ask(`${words.base}line/`).catch(() => null);
  if (!answer) return;
  const stood = order();
  line.innerHTML = await answer.text();
  if (line.matches(":hover")) keepOrder(stood);
  htmx.process(line);
  mark();
  // The first one that came by itself is opened when nothing else is.
  if (!shown) openFirst();
}

// While the pointer is over the list, one's own talks stay where they are and new ones come below; they move when it leaves.
const order = () => [...line.querySelectorAll("[data-list] > [data-row]")].map((row) => row.dataset.row);
function keepOrder(stood) {
  const list = line.querySelector("[data-list]");
  const place = (row) => (stood.includes(row.dataset.row) ? stood.indexOf(row.dataset.row) : stood.length);
  const rows = [...list.querySelectorAll(":scope > [data-row]")];
  list.append(...rows.sort((a, b) => place(a) - place(b)));
  unsettled = true;
}
let unsettled = false;
line.addEventListener("pointerleave", () => {
  if (unsettled) refreshLine();
  unsettled = false;
});

// A word is fetched the moment it is heard of; the line follows: soon where somebody waits or changes hands, at leisure
// where only a last word and a number are new.
// Nobody on a small screen is taken from the list to a talk that they have not chosen.
function openFirst() {
  if (!narrow.matches) open(line.querySelector("[data-open]")?.dataset.open);
}

let lining = 0;
function line_soon(wait) {
  lining ||= setTimeout(() => { lining = 0; refreshLine(); }, wait);
}
const own = mine(news);
document.body.addEventListener("heard:channels.words", ({ detail }) => own.heard(detail.id, detail.ref));
document.body.addEventListener("live:channels.words", (event) => {
  if (!event.detail.refs.length) for (const talk of talks.querySelectorAll(".bench-talk")) news(talk.dataset.no);
  line_soon(2000);
});
document.body.addEventListener("live:channels.conversation", (event) => {
  const { refs } = event.detail;
  for (const talk of talks.querySelectorAll(".bench-talk")) if (!refs.length || refs.includes(talk.dataset.no)) news(talk.dataset.no);
  clearTimeout(lining);
  lining = 0;
  line_soon(300);
});

// Calls and call-backs (phone.js) are opened as conversations are: each has an address below the bench.
document.addEventListener("bench:open", ({ detail }) => open(detail.no));
document.addEventListener("bench:fresh", mark);

document.querySelector(".bench-page").addEventListener("click", (event) => {
  const link = event.target.closest("[data-open]");
  if (!link) return;
  event.preventDefault();
  open(link.dataset.open);
});

talks.addEventListener("submit", (event) => {
  if (!event.target.matches(".bench-say")) return;
  event.preventDefault();
  const talk = event.target.closest(".bench-talk");
  const field = event.target.elements.text;
  const text = field.value;
  field.value = "";
  speak(talk, text, event.submitter?.name === "is_note" || !talk.dataset.mine);
});

talks.addEventListener("change", async (event) => {
  if (!event.target.matches("input[type=file]")) return;
  const talk = event.target.closest(".bench-talk");
  const chosen = [...event.target.files].slice(0, 5);
  event.target.value = "";
  if (!chosen.length) return;
  const data = form({ key: name(), text: "", is_note: false });
  chosen.forEach((file) => data.append("files", file));
  await ask(`${words.base}${talk.dataset.no}/say/`, data).catch(say);
  news(talk.dataset.no);
});

talks.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches(".bench-say textarea")) return;
  const talk = field.closest(".bench-talk");
  const { no } = talk.dataset;
  // Kept while one writes, not only when one stops: the customer sees that somebody is writing.
  if (!drafting.has(no)) drafting.set(no, setTimeout(() => keepDraft(no), DRAFT_AFTER));
  suggest(field);
});

function keepDraft(no) {
  drafting.delete(no);
  const field = talkOf(no)?.querySelector("textarea");
  if (field) ask(field.form.dataset.draft, form({ text: field.value })).catch(() => {});
}

// `/` at the beginning looks for ready answers.
async function suggest(field) {
  const box = field.form.querySelector(".bench-replies");
  if (!field.value.startsWith("/")) { box.hidden = true; return; }
  const asked = field.value.slice(1);
  const answer = await ask(`${words.replies}?q=${encodeURIComponent(asked)}`).catch(() => null);
  if (!answer || field.value.slice(1) !== asked) return;
  const { replies } = await answer.json();
  box.replaceChildren(...replies.map(({ name: title, text }, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "option";
    button.setAttribute("aria-selected", String(place === 0));
    button.append(title, Object.assign(document.createElement("small"), { textContent: text }));
    button.addEventListener("click", () => { field.value = text; box.hidden = true; field.focus(); field.dispatchEvent(new Event("input", { bubbles: true })); });
    return button;
  }));
  box.hidden = !replies.length;
}

talks.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches(".bench-say textarea")) return;
  const box = field.form.querySelector(".bench-replies");
  if (!box.hidden && ["ArrowDown", "ArrowUp", "Enter", "Escape"].includes(event.key)) {
    event.preventDefault();
    const options = [...box.children];
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") return options[at]?.click();
    if (event.key === "Escape") { box.hidden = true; return; }
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    options.forEach((one, place) => one.setAttribute("aria-selected", String(place === next)));
    options[next].scrollIntoView({ block: "nearest" });
  }
});

// Alt and an arrow go through one's conversations without leaving the keyboard.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  const all = [...document.querySelectorAll(".bench-line [data-open]")].map((link) => link.dataset.open);
  const at = all.indexOf(shown);
  open(all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
});

// Alt+N goes to whoever has waited longest, but for the one before one's eyes.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.code !== "KeyN") return;
  event.preventDefault();
  const owed = [...line.querySelectorAll("[data-list] > [data-row]:has(.bench-left)")].map((row) => row.dataset.row);
  open(owed.find((no) => no !== shown));
});

// Alt+B promises a call to whoever one talks with.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.code !== "KeyB") return;
  const button = shown && talkOf(shown)?.querySelector("[data-call-back]");
  if (button) { event.preventDefault(); button.click(); }
});

document.body.addEventListener("desk:done", () => {
  const dialog = document.getElementById("dialog");
  if (dialog?.open) dialog.close();
  refreshLine();
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  const talk = event.target.closest?.(".bench-talk") || (shown && talkOf(shown));
  if (!talk) return;
  arrange(talk);
  talk.hidden = talk.dataset.no !== shown;
  if (event.target === talk && document.activeElement === document.body) write(talk);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  for (const talk of talks.querySelectorAll(".bench-talk")) news(talk.dataset.no);
  refreshLine();
});
addEventListener("online", flush);
addEventListener("hashchange", () => {
  const no = location.hash.slice(1);
  if (!no) leave();
  else if (no !== shown) open(no);
});

// On a small screen one pane at a time: the list, what is said, the customer.
function leave() {
  if (!narrow.matches) return;
  shown = "";
  bench.classList.remove("is-open", "is-about");
  mark();
}
document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-back]")) { history.replaceState(null, "", location.pathname); leave(); }
  if (target.closest("button[data-about]")) bench.classList.toggle("is-about");
});

if (location.hash.length > 1) open(location.hash.slice(1));
else openFirst();
flush();
