// [data-copy=id]: copies the text of that element, or of that <template>; `bichat:copy` brings a text of its own.
(() => {
  // Pages served without TLS have no clipboard API.
  function copyBySelection(text) {
    const before = document.activeElement;
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return isCopied;
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyBySelection(text);
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.getAttribute("data-copy"));
    await tell((source.content ?? source).textContent);
    button.focus();
  });

  async function tell(text) {
    const isCopied = await copy(text);
    document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: isCopied ? "copied" : "copy-failed" } }));
  }

  document.addEventListener("bichat:copy", (event) => tell(event.detail.text));
})();
