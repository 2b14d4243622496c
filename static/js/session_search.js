// [data-session-search]: narrows the list to the chats whose titles hold the typed words.
(() => {
  const plain = (text) => text.toLocaleLowerCase().replaceAll("ё", "е").replace(/[ʻʼ‘’`]/g, "'");
  const items = () => [...document.querySelectorAll("#session-list [data-session-id]")];
  const shown = () => items().filter((item) => !item.hidden);

  function filter(field) {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    for (const item of items()) item.hidden = !words.every((word) => plain(item.textContent).includes(word));
    for (const group of document.querySelectorAll("[data-session-group]")) {
      group.hidden = ![...group.querySelectorAll("[data-session-id]")].some((item) => !item.hidden);
    }
    const nothing = document.querySelector("[data-nothing-found]");
    if (nothing) nothing.hidden = !words.length || shown().length > 0;
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-session-search]")) filter(event.target);
  });

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("[data-session-search]");
    if (!field) return;
    if (event.key === "Escape" && field.value) {
      event.preventDefault();
      field.value = "";
      filter(field);
    } else if (event.key === "Escape") {
      event.preventDefault();
      field.blur();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      if (event.key === "Enter" && field.value) shown()[0]?.click();
      else shown()[0]?.focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    const item = event.target.closest?.("#session-list [data-session-id]");
    if (!item || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const list = shown();
    const next = list[list.indexOf(item) + (event.key === "ArrowDown" ? 1 : -1)];
    (next ?? (event.key === "ArrowUp" ? document.querySelector("[data-session-search]") : item)).focus();
  });
})();
