// What the parts of the workbench share: asking the server, and saying what it refused in its own words.
export const bench = document.getElementById("bench");
export const words = bench.dataset;

const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), "HX-Request": "true" });

export const form = (facts) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(facts)) data.append(name, value);
  return data;
};

export async function ask(path, body) {
  const answer = await fetch(path, body ? { method: "POST", headers: headers(), body } : { cache: "no-store", headers: headers() });
  if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
  return answer;
}

// A refusal comes as the note that people read; whatever else went wrong is the line's fault.
export function say(error) {
  const toasts = document.getElementById("toasts");
  if (error.status && error.message.includes("data-toast")) toasts.insertAdjacentHTML("beforeend", error.message);
  else tell(words.away);
}

export function tell(text) {
  const note = document.createElement("div");
  note.className = "toast-note";
  note.dataset.toast = "";
  note.appendChild(document.createElement("p")).textContent = text;
  document.getElementById("toasts").append(note);
}

export function elementOf(html) {
  const holder = document.createElement("div");
  holder.innerHTML = html;
  return holder;
}
