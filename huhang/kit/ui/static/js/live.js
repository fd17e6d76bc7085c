// Hears what changed (ids only) and says so on the body as `live:<kind>`; parts of the page fetch themselves again.
// `detail.refs` names what changed; it is empty when we only suspect a change (after polling or a long silence).
const POLL_EVERY = 15000;
const MARK_AFTER = 3000;
const FIRST_WAIT = 120;
const BETWEEN = 1000;
const SEEN_AT_MOST = 1000;

const mark = document.getElementById("live-mark");
const waiting = new Map(); // kind → {refs, timer, lastAt}

function hear(kind, ref) {
  const entry = waiting.get(kind) || { refs: new Set(), timer: 0, lastAt: 0 };
  waiting.set(kind, entry);
  if (ref) entry.refs.add(ref);
  if (entry.timer) return;
  // The first change is shown almost at once, a burst at most once a second.
  const wait = Math.max(FIRST_WAIT, entry.lastAt + BETWEEN - Date.now());
  entry.timer = setTimeout(() => {
    const refs = [...entry.refs];
    entry.refs.clear();
    entry.timer = 0;
    entry.lastAt = Date.now();
    document.body.dispatchEvent(new CustomEvent(`live:${kind}`, { detail: { refs, ref: refs.at(-1) ?? "" } }));
  }, wait);
}

class Line {
  constructor(element) {
    this.element = element;
    this.kinds = element.dataset.kinds.split(" ");
    this.first = Number(element.dataset.last) || 0;
    this.last = this.first;
    this.seen = new Set();
    this.tries = 0;
    this.open();
  }

  open() {
    if (!this.element.isConnected) return;
    const url = new URL(this.element.dataset.push, location.href);
    url.searchParams.set("token", this.element.dataset.live);
    if (this.last) url.searchParams.set("last", this.last);
    this.source?.close();
    this.source = new EventSource(url);
    this.source.onopen = () => this.up();
    this.source.onerror = () => this.down();
    this.source.addEventListener("change", (event) => this.take(JSON.parse(event.data)));
  }

  // Replay starts a little early, so what was seen, or was there when the page was painted, comes again.
  take({ id, kind, ref }) {
    if (id <= this.first || this.seen.has(id)) return;
    this.seen.add(id);
    if (this.seen.size > SEEN_AT_MOST) this.seen.delete(this.seen.values().next().value);
    this.last = Math.max(this.last, id);
    hear(kind, ref);
  }

  up() {
    this.tries = 0;
    clearTimeout(this.marking);
    clearInterval(this.polling);
    this.marking = this.polling = 0;
    if (mark) mark.hidden = true;
  }

  down() {
    this.marking ||= setTimeout(() => { if (mark) mark.hidden = false; }, MARK_AFTER);
    this.polling ||= setInterval(() => this.kinds.forEach((kind) => hear(kind)), POLL_EVERY);
    if (this.source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    const wait = Math.min(30000, 1000 * 2 ** this.tries++);
    setTimeout(() => this.open(), wait);
  }

  close() {
    this.source?.close();
    clearTimeout(this.marking);
    clearInterval(this.polling);
  }
}

let lines = [];
function listen() {
  lines = lines.filter((line) => line.element.isConnected || line.close());
  const heard = new Set(lines.map((line) => line.element));
  for (const element of document.querySelectorAll("[data-live]")) if (!heard.has(element)) lines.push(new Line(element));
}

listen();
document.body.addEventListener("htmx:afterSettle", listen);
addEventListener("pagehide", () => lines.forEach((line) => line.close()));
addEventListener("pageshow", (event) => { if (event.persisted) lines.forEach((line) => line.open()); });
