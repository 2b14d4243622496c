// The keys that work everywhere on the page, and the dialog that lists them.
(() => {
  const isTyping = (element) => element.matches?.("input, textarea, select, [contenteditable]");
  const dialog = () => document.querySelector("[data-shortcuts]");

  function search() {
    document.dispatchEvent(new CustomEvent("bichat:list", { detail: { shown: true } }));
    document.querySelector("[data-session-search]")?.focus();
  }

  function handled(event) {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (event.altKey) return false;
      if (key === "k" && !event.shiftKey) search();
      else if (key === "b" && !event.shiftKey) document.dispatchEvent(new CustomEvent("bichat:list"));
      else if (event.code === "KeyO" && event.shiftKey) location.assign(document.querySelector("[data-new-chat]").href);
      else return false;
      return true;
    }
    const isEmptyComposer = event.target.matches?.("[data-composer-input]") && !event.target.value;
    if (event.key === "?" && (!isTyping(event.target) || isEmptyComposer)) dialog()?.showModal();
    else if (event.key === "/" && !isTyping(event.target)) search();
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (handled(event)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-shortcuts]")) dialog()?.showModal();
    else if (event.target === dialog()) dialog().close(); // A click on the backdrop.
  });
})();
