// [data-artifact-panel]: the drawer with the results of the chat. It is filled when it opens and when a run adds something.
(() => {
  const panel = () => document.querySelector("[data-artifact-panel]");
  const shown = () => document.querySelectorAll("[data-shown-artifact]").length;
  let listed = -1;

  function fill() {
    listed = shown();
    panel().querySelector("[data-artifact-list]").dispatchEvent(new CustomEvent("bichat:artifacts"));
  }

  // A name that is being typed is not drawn over.
  function refresh() {
    if (!panel()?.open || shown() === listed || panel().querySelector("details[open]")) return;
    fill();
  }

  function go(event, link) {
    event.preventDefault();
    const target = document.getElementById(link.dataset.goShown);
    if (!target) {
      location.assign(link.dataset.earlier);
      return;
    }
    panel()?.close();
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-go-shown]");
    if (link && panel()?.contains(link)) go(event, link);
    else if (event.target === panel()) panel().close(); // A click on the backdrop.
    else if (event.target.closest?.("[data-open-artifacts]") && panel()) {
      event.preventDefault();
      panel().showModal();
      fill();
    }
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".panel-rename") || !event.target.open) return;
    const field = event.target.querySelector("input[name=name]");
    field.focus();
    field.select();
  }, true);
  document.addEventListener("htmx:after:swap", refresh);
})();
