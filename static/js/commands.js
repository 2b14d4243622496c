// [data-commands]: a slash at the beginning of the composer offers commands; arrows choose, Enter does, Esc closes.
(() => {
  const menu = () => document.querySelector("[data-commands]");
  const isField = (element) => element.matches?.("[data-composer-input]");
  const shown = () => [...(menu()?.querySelectorAll("[data-command]:not([hidden])") ?? [])];
  const active = () => shown().find((option) => option.getAttribute("aria-selected") === "true");
  const isOpen = () => menu() && !menu().hidden;

  function choose(field, option) {
    for (const each of shown()) each.setAttribute("aria-selected", String(each === option));
    field.setAttribute("aria-activedescendant", option.id);
  }

  function close(field) {
    if (!menu()) return;
    menu().hidden = true;
    field?.removeAttribute("aria-activedescendant");
    field?.removeAttribute("aria-controls");
  }

  function offer(field) {
    if (!menu()) return;
    const isCommand = /^\/\w*$/.test(field.value);
    for (const option of menu().querySelectorAll("[data-command]")) {
      option.hidden = !isCommand || !option.dataset.command.startsWith(field.value.toLowerCase());
    }
    if (!isCommand || !shown().length) {
      close(field);
      return;
    }
    menu().hidden = false;
    field.setAttribute("aria-controls", "composer-commands");
    choose(field, active() ?? shown()[0]);
  }

  function send(field, option) {
    field.value = option.dataset.command;
    close(field);
    field.form.requestSubmit(field.form.querySelector("[data-send]"));
  }

  function handled(event) {
    const options = shown();
    const place = options.indexOf(active());
    if (event.key === "ArrowDown") choose(event.target, options[(place + 1) % options.length]);
    else if (event.key === "ArrowUp") choose(event.target, options[(place - 1 + options.length) % options.length]);
    else if (event.key === "Enter" && !event.shiftKey) send(event.target, options[place]);
    else if (event.key === "Tab" && !event.shiftKey) {
      event.target.value = options[place].dataset.command;
      close(event.target);
    } else if (event.key === "Escape") close(event.target);
    else return false;
    return true;
  }

  document.addEventListener("input", (event) => isField(event.target) && offer(event.target));
  document.addEventListener("focusout", (event) => isField(event.target) && close(event.target));
  document.addEventListener("keydown", (event) => {
    if (!isField(event.target) || !isOpen() || event.isComposing || !handled(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  // The field keeps the focus while an option is pressed.
  document.addEventListener("mousedown", (event) => event.target.closest?.("[data-commands]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-command]");
    if (option) send(document.querySelector("[data-composer-input]"), option);
  });
})();
