// A telephone left in a talk: for a call, or for a code that shows whose it is.
export function phone(send) {
  const box = document.getElementById("phone");
  const field = box.querySelector("input");
  const told = box.querySelector("[role=status]");
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "";
    const buttons = box.querySelectorAll("button");
    for (const one of buttons) one.disabled = true;
    try {
      await send({ number: field.value, wish: event.submitter?.value || "call" });
      box.open = false;
    } catch (error) {
      told.textContent = error.message;
    } finally {
      for (const one of buttons) one.disabled = false;
    }
  });
  return box;
}
