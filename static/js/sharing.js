// [data-open-sharing] opens the dialog once it is filled; arrows go through the people that were found.
(() => {
  const dialog = () => document.querySelector("[data-share-dialog]");
  const field = () => document.querySelector("[data-share-words]");
  let isAdding = false;

  document.addEventListener("htmx:before:request", (event) => {
    isAdding = Boolean(event.target.matches?.("[data-share-add]"));
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (!event.target.matches?.("[data-open-sharing]") || event.detail.ctx.response.status !== 200) return;
    requestAnimationFrame(() => {
      if (!dialog().open) dialog().showModal();
      if (!matchMedia("(pointer: coarse)").matches) field()?.focus();
    });
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!isAdding) return;
    isAdding = false;
    field()?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target === dialog()) dialog().close(); // A click on the backdrop.
  });

  document.addEventListener("keydown", (event) => {
    const from = event.target.closest?.("[data-share-words], [data-share-found] button");
    if (!from || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const stops = [field(), ...document.querySelectorAll("[data-share-found] button")];
    const next = stops[stops.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    next?.focus();
  });
})();
