// [data-copy=id]: copies the text of that element, or of that <template>.
(() => {
  // Pages served without TLS have no clipboard API.
  function copyBySelection(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
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
    const isCopied = await copy((source.content ?? source).textContent);
    button.focus();
    document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: isCopied ? "copied" : "copy-failed" } }));
  });
})();
