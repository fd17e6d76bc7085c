// A parcel as a card: its number, where it stands, what was promised. Everything comes as words from the server.
export function parcel({ waybill_no, status, lines }) {
  const card = document.createElement("div");
  card.className = "parcel-card";
  const head = card.appendChild(document.createElement("p"));
  head.append(Object.assign(document.createElement("b"), { textContent: status }), Object.assign(document.createElement("span"), { textContent: waybill_no }));
  for (const line of lines) card.appendChild(document.createElement("p")).textContent = line;
  return card;
}
