// [data-copy-table]: copies what the button's address answers, with the fields of its form, instead of going there.
(() => {
  async function fetched(button) {
    const fields = new URLSearchParams(new FormData(button.form));
    const answer = await fetch(`${button.formAction.split("?")[0]}?${fields}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy-table]");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    try {
      const text = await fetched(button);
      document.dispatchEvent(new CustomEvent("bichat:copy", { detail: { text } }));
    } catch {
      document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: "copy-failed" } }));
    }
  }, true);

  // A button of the pager that leads nowhere keeps the focus but does nothing.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-off]")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);
})();
