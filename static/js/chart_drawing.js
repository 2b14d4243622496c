// How a chart looks: the server's option in the page's colours, with figures and times written as the reader's language does.
const SHAPES = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"];
const DASHES = ["solid", "solid", "solid", "solid", "dashed", "dashed", "dashed", "dashed", "dotted"];
const NARROW = 520;
const PICTURE = { width: 1200, height: 675 };
const TILE = 0.35;

// Colours come from the tokens; only a computed style knows which of light and dark they are now.
export function colours(figure) {
  const probe = document.createElement("span");
  probe.hidden = true;
  figure.append(probe);
  const read = (name) => {
    probe.style.color = `var(--color-${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { font: getComputedStyle(figure).fontFamily, series: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => read(`series-${number}`)) };
  for (const name of ["ink", "muted", "line", "line-strong", "surface", "raised", "accent", "accent-soft"]) found[name] = read(name);
  probe.remove();
  return found;
}

// Cells and tiles hold figures in the ink's colour, so the strongest one stays halfway to its own.
function blend(from, to, share) {
  const [start, end] = [from, to].map((colour) => colour.match(/[\d.]+/g).map(Number));
  return `rgb(${[0, 1, 2].map((part) => Math.round(start[part] + (end[part] - start[part]) * share)).join(",")})`;
}

function spanOf(option) {
  const times = option.series.flatMap((series) => series.data.map((point) => (Array.isArray(point) ? point[0] : point.value?.[0])));
  return times.reduce((most, time) => Math.max(most, time), -Infinity) - times.reduce((least, time) => Math.min(least, time), Infinity);
}

function dressAxis(axis, side, context) {
  const { payload, paint, pen, narrow, span } = context;
  const format = payload.formats[axis.format];
  const isPlace = axis.type === "category" || axis.type === "time";
  axis.axisLabel = { color: paint.muted, fontSize: narrow ? 11 : 12, hideOverlap: true, ...axis.axisLabel };
  axis.axisLine = { show: isPlace, lineStyle: { color: paint["line-strong"] } };
  axis.axisTick = { show: isPlace, lineStyle: { color: paint["line-strong"] }, ...axis.axisTick };
  axis.splitLine = { show: !isPlace, lineStyle: { color: paint.line }, ...axis.splitLine };
  axis.nameTextStyle = { color: paint.muted, fontSize: narrow ? 11 : 12 };
  axis.nameTruncate = { maxWidth: narrow ? 260 : 420 };
  if (side === "x") Object.assign(axis, { nameLocation: "middle", nameGap: 30 });
  else Object.assign(axis.nameTextStyle, { align: axis.position === "right" ? "right" : "left" });
  if (side === "y") Object.assign(axis, { nameLocation: axis.inverse ? "start" : "end", nameGap: 14 });
  if (axis.type === "category" && side === "y") Object.assign(axis.axisLabel, { width: narrow ? 90 : 180, overflow: "truncate" });
  if (axis.type === "category" && side === "x") Object.assign(axis.axisLabel, placesBelow(axis.data, context));
  if (axis.type === "time") {
    axis.axisLabel.formatter = (value) => pen.at(value, format, span);
    axis.axisPointer = { label: { formatter: ({ value }) => pen.at(value, format) } };
  } else if (axis.format) {
    axis.axisLabel.formatter = (value) => pen.short(value, format);
    axis.axisPointer = { label: { formatter: ({ value }) => pen.full(value, format) } };
  }
}

// Few places have all their names, in lines where every word fits, else slanted; of many, the browser leaves some out.
function placesBelow(names, { width, narrow, paint, writing }) {
  const room = (width - 70) / names.length - 8;
  if (names.length > 24) return { width: 110, overflow: "truncate" };
  const length = writing.ruler(`${narrow ? 11 : 12}px ${paint.font}`);
  const lines = new Map(names.map((name) => [name, writing.inLines(name, room, length)]));
  const fits = [...lines.values()].every((parts) => parts.length <= 3 && parts.every((part) => length(part) <= room));
  if (fits) return { interval: 0, hideOverlap: false, lineHeight: 14, formatter: (name) => lines.get(name).join("\n") };
  return { interval: 0, hideOverlap: false, width: 120, overflow: "truncate", rotate: 40 };
}

function dressSeries(series, index, context) {
  const { payload, paint, pen, narrow } = context;
  const format = payload.formats[series.format];
  series.tooltip = { ...series.tooltip, valueFormatter: (value) => pen.full(Array.isArray(value) ? value.at(-1) : value, format) };
  series.label = { color: paint.ink, fontSize: 11.5, lineHeight: 15, formatter: ({ value }) => pen.label(Array.isArray(value) ? value.at(-1) : value, format), ...series.label };
  if (series.type === "line") Object.assign(series, { symbol: SHAPES[index % SHAPES.length], lineStyle: { width: 2, type: DASHES[index % DASHES.length] }, emphasis: { focus: "series" } });
  if (series.type === "bar" && !series.coordinateSystem) Object.assign(series, { itemStyle: { borderRadius: 2 }, labelLayout: { hideOverlap: true } });
  if (series.type === "scatter") series.itemStyle = { opacity: 0.75, borderColor: paint.surface, borderWidth: 1 };
  if (series.previous) {
    series.itemStyle = { ...series.itemStyle, color: paint["line-strong"] };
    if (series.lineStyle) series.lineStyle.type = "dashed";
  }
  FAMILIES[series.type]?.(series, context, format, narrow);
}

const FAMILIES = {
  pie(series, { paint, pen, head }, format, narrow) {
    series.itemStyle = { borderColor: paint.surface, borderWidth: 2, borderRadius: 3 };
    series.center = ["50%", narrow ? "42%" : "50%"];
    series.top = head;
    for (const part of series.data) if (part.other) part.itemStyle = { color: paint["line-strong"], decal: { symbol: "none" } };
    series.label = { ...series.label, show: !narrow, formatter: ({ name, percent, value }) => `${name}\n${pen.label(value, format)} · ${pen.share(percent)}` };
    series.labelLine = { lineStyle: { color: paint["line-strong"] } };
  },
  bar(series, context, format) {
    const { paint, pen } = context;
    if (series.coordinateSystem !== "polar") return;
    const { payload: { option } } = context;
    context.dressed.radiusAxis.axisLabel = { ...context.dressed.radiusAxis.axisLabel, interval: 0, hideOverlap: false, color: paint.ink, formatter: (name, index) => `${name}  ${pen.label(option.series[0].data[index], format)}` };
  },
  heatmap(series, { paint, narrow }) {
    series.itemStyle = { borderColor: paint.surface, borderWidth: 1 };
    series.label = { ...series.label, show: series.label.show && !narrow };
  },
  radar(series, { paint }) {
    series.data.forEach((ring, index) => {
      ring.symbol = SHAPES[index % SHAPES.length];
      ring.areaStyle = { opacity: series.data.length > 3 ? 0 : 0.08 };
      ring.lineStyle = { width: 2, type: ring.previous ? "dashed" : DASHES[index % DASHES.length], ...(ring.previous && { color: paint["line-strong"] }) };
    });
  },
  treemap(series, { paint, pen, head }, format) {
    const label = { color: paint.ink, fontSize: 12, lineHeight: 15, overflow: "truncate", formatter: ({ name, value }) => `${name}\n${pen.label(value, format)}` };
    Object.assign(series, { roam: false, nodeClick: false, breadcrumb: { show: false }, label, left: 0, right: 0, top: head, bottom: 0 });
    series.itemStyle = { borderColor: paint.surface, borderWidth: 1, gapWidth: 1 };
    series.upperLabel = { show: series.grouped, height: 22, color: paint.ink, backgroundColor: "transparent", fontWeight: 600, formatter: ({ name, value }) => `${name} · ${pen.label(value, format)}` };
    series.levels = [{ itemStyle: { borderColor: paint.surface, borderWidth: 0, gapWidth: 3 }, upperLabel: { show: false } }, { itemStyle: { borderColor: paint.surface, borderWidth: 2, gapWidth: 1 } }];
    series.data.forEach((part, index) => {
      const color = blend(paint.surface, paint.series[index % paint.series.length], TILE);
      for (const tile of [part, ...(part.children ?? [])]) tile.itemStyle = { color };
    });
  },
};

function tooltip(payload, option, { paint, pen }) {
  const look = {
    renderMode: "richText", confine: true, backgroundColor: paint.raised, borderColor: paint["line-strong"], borderWidth: 1,
    textStyle: { color: paint.ink, fontSize: 12.5, lineHeight: 18, fontFamily: paint.font }, transitionDuration: 0,
  };
  const format = payload.formats[option.series[0]?.format];
  const item = {
    pie: ({ name, value, percent }) => `${name}\n${pen.full(value, format)} · ${pen.share(percent)}`,
    treemap: ({ treePathInfo, value }) => `${treePathInfo.slice(1).map((node) => node.name).join(" · ")}\n${pen.full(value, format)}`,
    heatmap: ({ value: [column, row, figure] }) => `${option.xAxis[0].data[column]} · ${option.yAxis[0].data[row]}\n${pen.full(figure, format)}`,
    scatter: ({ name, seriesName, data }) => [name || seriesName, ...data.told].join("\n"),
  }[option.series[0]?.type];
  if (item) return { ...look, trigger: "item", formatter: item };
  return option.xAxis ? { ...look, trigger: "axis", axisPointer: { type: option.series[0].type === "bar" ? "shadow" : "line" } } : { ...look, trigger: "item" };
}

function legend(option, { paint, narrow }) {
  const [first] = option.series;
  const isPie = first.type === "pie";
  const names = isPie || first.type === "radar" ? first.data.map((part) => part.name) : option.series.map((series) => series.name ?? "");
  const show = isPie ? narrow : names.length > 1 && first.type !== "treemap";
  return { show, type: "scroll", data: names, [isPie ? "bottom" : "top"]: 0, left: isPie ? "center" : 0, textStyle: { color: paint.ink, width: 180, overflow: "truncate" }, itemHeight: 10, itemWidth: 18, pageTextStyle: { color: paint.muted }, pageIconColor: paint.accent, pageIconInactiveColor: paint["line-strong"] };
}

// The first of several series stays plain; the others are told apart by more than their colours.
function decals(paint) {
  const line = { color: paint.surface, dashArrayX: [1, 0], symbolSize: 1 };
  return [
    { symbol: "none" },
    { ...line, dashArrayY: [1, 6], rotation: -Math.PI / 4 },
    { color: paint.surface, symbol: "circle", dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [5, 0], symbolSize: 0.5 },
    { ...line, dashArrayY: [1, 6], rotation: Math.PI / 4 },
    { ...line, dashArrayY: [1, 6], rotation: 0 },
    { ...line, dashArrayY: [1, 6], rotation: Math.PI / 2 },
  ];
}

const several = (option) => option.series.length > 1 || ["pie", "radar"].includes(option.series[0].type);

// Charts without axes say what they measure in a line of their own; a picture has its title too.
function heading(payload, { paint, width }, title) {
  const style = { fontFamily: paint.font, width: width - 40, overflow: "truncate" };
  return {
    show: title || Boolean(payload.measure), text: title ? payload.title : "", subtext: payload.measure, left: title ? 4 : 0, top: title ? 8 : 0, padding: 0, itemGap: title ? 6 : 0,
    textStyle: { ...style, color: paint.ink, fontSize: title ? 20 : 1, lineHeight: title ? 26 : 1 },
    subtextStyle: { ...style, color: paint.muted, fontSize: title ? 14 : 12, lineHeight: 16 },
  };
}

// `writing` is the module that writes figures and times; its address carries its version, so the page hands it in.
export function dress(payload, paint, { writing, width, title = false }) {
  const option = structuredClone(payload.option);
  const narrow = width < NARROW;
  const isPlaced = Boolean(option.xAxis);
  const head = (title ? 48 : 0) + (payload.measure ? 22 : 0);
  const context = { payload, paint, writing, width, head, pen: writing.pens(payload), narrow, dressed: option, span: isPlaced && option.xAxis[0].type === "time" ? spanOf(option) : undefined };
  for (const axis of option.xAxis ?? []) dressAxis(axis, "x", context);
  for (const axis of option.yAxis ?? []) dressAxis(axis, "y", context);
  for (const axis of [option.angleAxis, option.radiusAxis]) if (axis) dressAxis(axis, "", context);
  if (option.angleAxis) Object.assign(option.angleAxis, { axisLabel: { show: false }, axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false } });
  option.series.forEach((series, index) => dressSeries(series, index, context));
  const key = legend(option, context);
  const isLying = isPlaced && option.yAxis[0].type === "category" && option.series[0].label?.show;
  if (option.series[0].type === "bar" && option.series[0].label?.show) for (const axis of [...option.xAxis, ...option.yAxis]) if (axis.type === "value") axis.boundaryGap = [0, "8%"];
  if (isPlaced) option.grid = { left: 4, right: isLying ? 60 : 16, top: head + (key.show ? 50 : 34), bottom: option.visualMap || option.dataZoom ? 64 : 8, outerBoundsMode: "same", outerBoundsContain: "all" };
  if (option.radar) Object.assign(option.radar, { axisName: { color: paint.muted, fontSize: narrow ? 11 : 12, width: narrow ? 70 : 160, overflow: "truncate" }, splitArea: { show: false }, splitLine: { lineStyle: { color: paint.line } }, axisLine: { lineStyle: { color: paint.line } }, center: ["50%", "55%"], radius: narrow ? "54%" : "64%" });
  if (option.polar) option.polar.center = ["50%", `${50 + (50 * head) / (title ? PICTURE.height : payload.height)}%`];
  if (option.visualMap) {
    const format = payload.formats[option.visualMap.format];
    Object.assign(option.visualMap, { type: "continuous", orient: "horizontal", left: "center", bottom: 0, itemHeight: 140, itemWidth: 12, calculable: true, inRange: { color: [paint["accent-soft"], blend(paint["accent-soft"], paint.accent, 0.5)] }, textStyle: { color: paint.muted }, formatter: (value) => context.pen.short(value, format) });
  }
  for (const zoom of option.dataZoom ?? []) Object.assign(zoom, { showDetail: false, brushSelect: false, borderColor: paint.line, fillerColor: paint["accent-soft"], height: "xAxisIndex" in zoom ? 18 : undefined, bottom: "xAxisIndex" in zoom ? 6 : undefined });
  return {
    ...option,
    useUTC: true,
    color: paint.series,
    backgroundColor: title ? paint.surface : "transparent",
    textStyle: { fontFamily: paint.font, color: paint.ink },
    animation: !title && !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 150,
    animationDurationUpdate: 0,
    aria: { enabled: true, label: { description: payload.description }, decal: { show: several(option) && option.series[0].type !== "line", decals: decals(paint) } },
    legend: key.bottom === undefined ? { ...key, top: head } : key,
    tooltip: tooltip(payload, option, context),
    title: heading(payload, context, title),
  };
}

// A picture for a slide, with its title and without what only a pointer can reach.
export async function picture(echarts, writing, payload, paint, kind) {
  const size = { width: PICTURE.width, height: Math.max(PICTURE.height, payload.height) };
  const canvas = kind === "svg" ? null : document.createElement("canvas");
  const chart = echarts.init(canvas, null, kind === "svg" ? { ...size, renderer: "svg", ssr: true } : { ...size, devicePixelRatio: 2 });
  try {
    chart.setOption(dress(payload, paint, { writing, width: size.width, title: true }));
    if (kind === "svg") return new Blob([chart.renderToSVGString()], { type: "image/svg+xml" });
    chart.getZr().flush();
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    chart.dispose();
  }
}

export function fileName(title) {
  return title.normalize("NFC").replace(/[^\p{L}\p{M}\p{N} ._-]+/gu, " ").replace(/\s+/g, " ").replace(/^[ .]+|[ .]+$/g, "").slice(0, 80) || "chart";
}
