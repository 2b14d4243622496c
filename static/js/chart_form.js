// [data-chart-form]: shows only the fields that the chosen kind of chart has, with columns that fit it, and gives the focus back when it goes.
(() => {
  const FIELDS = { size: ["bubble"], stacked: ["bar", "area"], horizontal: ["bar"], series: ["line", "area", "bar", "scatter", "bubble", "heatmap", "radar", "treemap"] };
  let changed = "";

  function fit(form) {
    const kind = form.querySelector("[data-chart-type]").value;
    for (const [name, kinds] of Object.entries(FIELDS)) {
      const field = form.elements[name];
      field.disabled = !kinds.includes(kind);
      field.closest("label").hidden = field.disabled;
    }
    for (const group of form.querySelectorAll("fieldset")) group.hidden = !group.querySelector("label:not([hidden])");
  }

  function choose(form) {
    const { x, y, series, size } = form.querySelector("[data-chart-type]").selectedOptions[0].dataset;
    if (x === undefined) return;
    const figures = JSON.parse(y);
    for (const [name, value] of Object.entries({ x, series, size })) form.elements[name].value = value;
    for (const box of form.querySelectorAll("[name=y]")) box.checked = figures.includes(box.value);
  }

  function meet() {
    for (const form of document.querySelectorAll("[data-chart-form]:not([data-met])")) {
      form.setAttribute("data-met", "");
      const close = form.querySelector("[data-chart-close]");
      close.hidden = !form.closest("[data-chart]");
      fit(form);
      if (form.closest("[data-chart]")) form.querySelector("[data-chart-type]").focus();
    }
    if (changed && !document.querySelector(`#${changed} [data-chart-form]`)) {
      document.querySelector(`#${changed} [data-chart-change]`)?.focus();
      changed = "";
    }
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-chart-type]")) return;
    choose(event.target.form);
    fit(event.target.form);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-chart-form]")) changed = event.target.closest("section")?.id ?? "";
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-chart-close]");
    if (!button) return;
    const figure = button.closest("[data-chart]");
    button.form.remove();
    figure.querySelector("[data-chart-change]").focus();
  });
  document.addEventListener("htmx:after:swap", meet);
  meet();
})();
