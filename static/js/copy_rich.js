// [data-copy-rich=id]: copies an answer with its tables for word processors and mail; where only text can be copied, as Markdown.
// [data-copy-answer=id]: copies both as Markdown.
(() => {
  const KEPT = new Set(["P", "BR", "H1", "H2", "H3", "H4", "H5", "H6", "UL", "OL", "LI", "STRONG", "EM", "B", "I", "DEL", "CODE", "PRE", "BLOCKQUOTE", "A", "HR",
    "TABLE", "CAPTION", "THEAD", "TBODY", "TFOOT", "TR", "TH", "TD"]);
  const LEFT_OUT = "button:not(.sort), .sort-mark, form, svg, canvas, tfoot, script, template, input, select, .visually-hidden, [hidden]";

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

  // A chart's figures are not repeated where the same rows stand in a table.
  function tablesOf(body) {
    const tables = [...body.querySelectorAll(".artifacts table.figures")];
    const names = (table) => [...table.tBodies].flatMap((part) => [...part.rows]).map((row) => row.cells[0]?.textContent.trim()).join("\n");
    return tables.filter((table) => !table.closest("details") || !tables.some((other) => !other.closest("details") && names(other) === names(table)));
  }

  // Which rows of how many, where the page does not hold all of them.
  function partOf(table) {
    const pager = table.closest("form, [data-testid=result-table]")?.querySelector(".pager");
    return pager?.querySelector(".pager-buttons") ? pager.querySelector("[data-testid=table-position]").textContent.trim() : "";
  }

  function richText(body) {
    const box = document.createElement("div");
    for (const text of body.querySelectorAll("[data-testid=answer-text]")) box.append(plain(text) ?? "");
    for (const table of tablesOf(body)) {
      const part = document.createElement("p");
      part.textContent = partOf(table);
      box.append(plain(table), part.textContent ? part : "");
    }
    return box.innerHTML;
  }

  function cellText(cell) {
    return (plain(cell)?.textContent ?? "").replace(/\s+/g, " ").trim().replace(/[\\`*_[\]<>#|~]/g, "\\$&");
  }

  function markdownOf(table) {
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const heads = [...table.tHead.rows[0].cells];
    const rule = heads.map((head) => (head.matches(".figure") ? "---:" : "---"));
    const rows = [...table.tBodies].flatMap((part) => [...part.rows]).map((row) => line([...row.cells].map(cellText)));
    const part = partOf(table);
    return [line(heads.map(cellText)), line(rule), ...rows, ...(part ? ["", part] : [])].join("\n");
  }

  function markdown(id) {
    const said = document.getElementById(`${id}-markdown`).content.textContent.trim();
    const tables = tablesOf(document.getElementById(`${id}-body`)).filter((table) => table.tHead);
    return [said, ...tables.map(markdownOf)].join("\n\n");
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
    const button = event.target.closest?.("[data-copy-rich], [data-copy-answer]");
    if (!button) return;
    if (button.matches("[data-copy-answer]")) {
      document.dispatchEvent(new CustomEvent("bichat:copy", { detail: { text: markdown(button.getAttribute("data-copy-answer")) } }));
      return;
    }
    const id = button.getAttribute("data-copy-rich");
    const text = markdown(id);
    const isCopied = await copied(richText(document.getElementById(`${id}-body`)), text);
    document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: isCopied ? "copied" : "copy-failed" } }));
    button.focus();
  });
})();
