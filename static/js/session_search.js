// [data-session-search]: what the server finds for the typed words stands in place of the list, until Escape brings that back.
(() => {
  const FEWEST = 2;
  const field = () => document.querySelector("[data-session-search]");
  const place = () => document.querySelector("[data-search-hits]");
  const lines = () => {
    const hits = [...place().querySelectorAll("[data-search-hit]")];
    return place().hidden ? [...document.querySelectorAll("#session-list [data-session-id]")] : hits;
  };
  let found = null; // The words whose hits are shown.

  function close() {
    field().value = "";
    field().dispatchEvent(new CustomEvent("htmx:abort"));
    place().hidden = true;
    found = null;
  }

  function search() {
    const words = field().value.trim();
    if (words.length < FEWEST) place().hidden = true;
    else field().dispatchEvent(new CustomEvent("bichat:search", { bubbles: true }));
  }

  function fail(event) {
    if (!event.target.matches?.("[data-session-search]")) return;
    place().replaceChildren(document.querySelector("[data-search-failed]").content.cloneNode(true));
    place().hidden = field().value.trim().length < FEWEST;
    found = null;
  }

  function move(event, from) {
    const list = lines();
    const next = list[(from ? list.indexOf(from) : -1) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    (next ?? (event.key === "ArrowUp" ? field() : from ?? field())).focus();
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-session-search]")) search();
  });
  document.addEventListener("htmx:after:swap", () => {
    const words = field()?.value.trim() ?? "";
    if (words.length < FEWEST || !place().childElementCount) return;
    place().hidden = false;
    found = words;
  });
  document.addEventListener("htmx:error", fail);
  document.addEventListener("htmx:response:error", fail);

  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest?.("[data-session-search]");
    const line = event.target.closest?.("[data-search-hit], #session-list [data-session-id]");
    if (!typed && !line) return;
    if (event.key === "Escape" && (typed || !place().hidden)) {
      event.preventDefault();
      if (typed && !typed.value) typed.blur();
      else {
        close();
        field().focus();
      }
    } else if (event.key === "ArrowDown" || (event.key === "ArrowUp" && line)) {
      move(event, line);
    } else if (event.key === "Enter" && typed && typed.value && found === typed.value.trim() && lines().length) {
      event.preventDefault();
      lines()[0].click();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-search]") && field().value.trim().length < FEWEST) event.preventDefault();
  });
})();
