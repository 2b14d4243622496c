// [data-edit-form]: a question edited in its place. Enter asks again, Esc gives up; the up arrow in an empty composer begins.
(() => {
  const begun = new WeakSet();

  document.addEventListener("htmx:after:swap", () => {
    for (const field of document.querySelectorAll("[data-edit-input]")) {
      if (begun.has(field)) continue;
      begun.add(field);
      field.focus();
      field.setSelectionRange(field.value.length, field.value.length);
    }
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (field.matches?.("[data-composer-input]") && event.key === "ArrowUp" && !field.value) {
      const last = [...document.querySelectorAll("[data-edit-question]")].at(-1);
      if (!last) return;
      event.preventDefault();
      last.click();
    }
    if (!field.matches?.("[data-edit-input]") || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (field.value.trim()) field.form.requestSubmit();
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.form.querySelector("[data-edit-cancel]").click();
      document.querySelector("[data-composer-input]")?.focus();
    }
  });
})();
