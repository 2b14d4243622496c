// How a chart writes figures, times and names: with the words and symbols that the server sends for the reader's language.
const DAY = 86_400_000;

function grouped(text, symbols) {
  const [whole, fraction] = text.split(".");
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, symbols.group);
  return fraction ? `${separated}${symbols.point}${fraction}` : separated;
}

// `exactly` is how many decimals all figures of a column have; without it there are as many as the figure needs.
function plain(value, symbols, most, exactly) {
  const size = Math.abs(value);
  const digits = exactly ?? most ?? (size === 0 || size >= 1 ? 2 : Math.min(2 - Math.floor(Math.log10(size)), 12));
  const fixed = size.toFixed(digits);
  const text = exactly === undefined ? fixed.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") : fixed;
  return `${value < 0 && Number(text) !== 0 ? "-" : ""}${grouped(text, symbols)}`;
}

// A pen writes what one column holds: `full` in tooltips, `short` on axes, `label` beside bars, `at` for places along an axis.
export function pens(payload) {
  const { symbols } = payload;
  const short = (value, format, places) => {
    const [size, word] = symbols.magnitudes.find(([least]) => Math.abs(value) >= least && Math.abs(value) >= 10_000) ?? [1, ""];
    const figure = size === 1 ? plain(value, symbols, undefined, places) : plain(value / size, symbols, 1);
    return `${figure}${word && `\u00a0${word}`}${format?.tick ?? ""}`;
  };
  const label = (value, format) => (value === null || value === undefined ? "" : short(value, format, format?.places));
  const share = (percent) => `${plain(percent, symbols, 1)}\u00a0%`;
  const full = (value, format) => {
    if (value === null || value === undefined || Number.isNaN(value)) return symbols.nothing;
    const sign = value < 0 ? "-" : "";
    return `${sign}${format?.before ?? ""}${plain(Math.abs(value), symbols, undefined, format?.places)}${format?.after ?? ""}`;
  };
  return { short, full, label, share, at: (value, format, span) => moment(value, format.kind, symbols, span) };
}

// `span` is how much time an axis covers; without it the place is written in full.
function moment(value, kind, symbols, span) {
  const date = new Date(value);
  const clock = `${String(date.getUTCHours()).padStart(2, "0")}:${String(date.getUTCMinutes()).padStart(2, "0")}`;
  const pattern = (name) => symbols.patterns[name]
    .replace("{d}", date.getUTCDate()).replace("{y}", date.getUTCFullYear())
    .replace("{m}", symbols.months[date.getUTCMonth()]).replace("{l}", symbols.standingMonths[date.getUTCMonth()]);
  if (kind === "month") return pattern("month");
  if (span === undefined) return kind === "datetime" ? `${pattern("date")}, ${clock}` : pattern("date");
  if (kind === "datetime" && span <= 2 * DAY) return clock;
  return pattern(span > 300 * DAY ? "month" : "day");
}

export function ruler(font) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  return (text) => context.measureText(text).width;
}

// Lines end at spaces alone: the library would also break a word at a letter such as the Uzbek ʻ.
export function inLines(name, room, length) {
  const lines = [];
  for (const word of name.split(" ")) {
    const joined = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && length(joined) <= room) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}
