// [data-copy-rich=id]: copies an answer with its tables for word processors and mail; where only text can be copied, its Markdown.
(() => {
  const KEPT = new Set(["P", "BR", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "LI", "STRONG", "EM", "B", "I", "DEL", "CODE", "PRE", "BLOCKQUOTE", "A", "HR",
    "TABLE", "CAPTION", "THEAD", "TBODY", "TFOOT", "TR", "TH", "TD"]);
  const LEFT_OUT = "button:not(.sort), .sort-mark, form, svg, canvas, script, template, input, select, .visually-hidden, [hidden]";

  // Only the structure goes: classes and ids mean nothing elsewhere, and tables get lines of their own. What a heading sorts by is a button.
  function plain(node) {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.nodeValue);
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(LEFT_OUT)) return null;
    const isKept = KEPT.has(node.tagName);
    const copy = isKept ? document.createElement(node.tagName) : document.createDocumentFragment();
    if (node.tagName === "A" && /^https?:/.test(node.href)) copy.setAttribute("href", node.href);
    if (node.tagName === "TABLE") for (const [name, value] of [["border", "1"], ["cellspacing", "0"], ["cellpadding", "4"]]) copy.setAttribute(name, value);
    if (node.matches("td.figure, th.figure")) copy.setAttribute("align", "right");
    for (const child of node.childNodes) {
      const taken = plain(child);
      if (taken) copy.append(taken);
    }
    return copy;
  }

  function richText(body) {
    const box = document.createElement("div");
    const parts = [...body.querySelectorAll("[data-testid=answer-text], .artifacts table.figures")];
    for (const part of parts) box.append(plain(part) ?? "");
    return box.innerHTML;
  }

  // Pages served without TLS have no clipboard API.
  function copyByEvent(html, text) {
    function fill(event) {
      event.preventDefault();
      event.clipboardData.setData("text/html", html);
      event.clipboardData.setData("text/plain", text);
    }
    document.addEventListener("copy", fill, { once: true });
    const isCopied = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    return isCopied;
  }

  async function copied(html, text) {
    try {
      const kinds = { "text/html": html, "text/plain": text };
      const blobs = Object.entries(kinds).map(([type, value]) => [type, new Blob([value], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
      return true;
    } catch {
      return copyByEvent(html, text);
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy-rich]");
    if (!button) return;
    const id = button.getAttribute("data-copy-rich");
    const text = document.getElementById(`${id}-markdown`).content.textContent;
    const isCopied = await copied(richText(document.getElementById(`${id}-body`)), text);
    document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: isCopied ? "copied" : "copy-failed" } }));
    button.focus();
  });
})();
