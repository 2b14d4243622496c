// [data-choose-many]: one box for all lines of the page, and buttons that wait until something is chosen.
(() => {
  const boxes = (form) => [...form.querySelectorAll("[data-choose]")];

  function tell(form) {
    const chosen = boxes(form).filter((box) => box.checked).length;
    const all = form.querySelector("[data-choose-all]");
    all.checked = chosen > 0 && chosen === boxes(form).length;
    all.indeterminate = chosen > 0 && !all.checked;
    for (const button of form.querySelectorAll("button[name=action]")) button.disabled = !chosen;
  }

  function meet() {
    for (const form of document.querySelectorAll("[data-choose-many]:not([data-met])")) {
      form.setAttribute("data-met", "");
      form.querySelector("[data-choose-all-place]").hidden = false;
      tell(form);
    }
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-choose-many]");
    if (!form) return;
    if (event.target.matches("[data-choose-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
    tell(form);
  });
  addEventListener("pageshow", meet);
  document.addEventListener("htmx:after:swap", meet);
  meet();
})();
