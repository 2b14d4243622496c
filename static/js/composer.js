// [data-composer]: Enter sends, Shift+Enter breaks the line, the text is kept until it was accepted. Runs early: without htmx yet, the form is sent plainly.
(() => {
  const input = () => document.querySelector("[data-composer-input]");
  let asked = false;
  let used = null;

  // Browsers without `field-sizing` grow the field by its content here.
  function grow(field) {
    if (CSS.supports("field-sizing", "content")) return;
    field.rows = Math.min(10, field.value.split("\n").length);
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-composer-input]")) grow(event.target);
  });

  // What was typed when writing is taken away stays to be read and copied, and to be sent when it is given back.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-composer-input]")) used = event.target;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!used || used.isConnected || !document.querySelector("[data-standing]")) return;
    const place = document.querySelector("[data-kept-words] textarea") ?? input();
    if (!place || place === used || place.value || !used.value.trim()) return;
    place.value = used.value;
    place.closest("[data-kept-words]")?.removeAttribute("hidden");
  });

  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-composer-input]") || event.key !== "Enter") return;
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit(event.target.form.querySelector("[data-send]"));
  });

  document.addEventListener("htmx:before:request", (event) => {
    if (!event.target.matches?.("[data-composer]")) return;
    if (!input().value.trim()) event.preventDefault();
  });

  document.addEventListener("htmx:after:request", (event) => {
    if (!event.target.matches?.("[data-composer]") || event.detail.ctx.response.status >= 400) return;
    const field = input();
    field.value = "";
    grow(field);
    document.getElementById("composer-errors").replaceChildren();
  });

  // A question asked by a button leaves a new page without focus: the next one is typed here. On a phone the keyboard would cover the answer.
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement !== document.body || matchMedia("(pointer: coarse)").matches) return;
    if (asked && !document.querySelector("[data-starters]")?.checkVisibility()) {
      asked = false;
      input()?.focus();
    }
  });
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.matches?.("[data-starters], [data-suggestions] form")) asked = true;
  });

  // Typing while nothing has the focus goes to the composer, but for the keys that mean something.
  document.addEventListener("keydown", (event) => {
    const isTyping = event.key.length === 1 && !/[\s/?\d]/.test(event.key);
    if (!isTyping || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (document.activeElement === document.body && !document.querySelector("dialog[open]")) input()?.focus();
  });
})();
