// The up arrow in an empty composer takes up the last question again.
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" || !event.target.matches?.("[data-composer-input]") || event.target.value) return;
    const last = [...document.querySelectorAll("[data-question-text]")].at(-1);
    if (!last) return;
    event.preventDefault();
    event.target.value = last.textContent;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
    event.target.setSelectionRange(event.target.value.length, event.target.value.length);
  });
})();
