/* The interactive form of charts: for each chart of the JSON array in #chart-data, a dygraph in the
 * place of the static SVG in the element with its id, which stays for print. Words of charts are
 * only ever set as text; dygraphs is given names of our own making. Where anything is missing or
 * fails, the static SVG is left alone. */
(function () {
  "use strict";
  var WORDS = {
    en: { log: "log scale", hint: "Left and right arrow keys move between points" },
    zh: { log: "对数坐标", hint: "用左右方向键在数据点之间移动" }
  };
  var words = /^zh/i.test(document.documentElement.lang) ? WORDS.zh : WORDS.en;
  var SVG = "http://www.w3.org/2000/svg";

  function element(parent, tag, className, text) {
    var made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  function variable(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /* A sample of a series' line; its colour follows the page by itself. */
  function swatch(parent, chart, series) {
    var svg = document.createElementNS(SVG, "svg");
    var line = document.createElementNS(SVG, "path");
    svg.setAttribute("class", "rl-swatch rl-c" + chart.colors[series]);
    svg.setAttribute("viewBox", "0 0 26 10");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", "M1 5H25");
    line.setAttribute("stroke", "currentColor");
    line.setAttribute("stroke-width", "3");
    line.setAttribute("stroke-dasharray", chart.dashes[series].join(" ") || "none");
    svg.appendChild(line);
    parent.appendChild(svg);
  }

  function checkbox(parent, checked, change) {
    var label = element(parent, "label", "rl-toggle");
    var input = element(label, "input");
    input.type = "checkbox";
    input.checked = checked;
    input.addEventListener("change", function () { change(input.checked); });
    return label;
  }

  /* Ticks at 1, 2 or 5 times a power of ten. */
  function linearTicks(low, high, wanted, whole) {
    var raw = (high - low) / Math.max(wanted, 1), power = Math.pow(10, Math.floor(Math.log10(raw)));
    var step = [1, 2, 5, 10].find(function (m) { return m * power >= raw * 0.999999; }) * power;
    if (whole) step = Math.max(step, 1);
    var ticks = [], tolerance = 1e-9 * (high - low);
    for (var k = Math.ceil((low - tolerance) / step); k * step <= high + tolerance; k++)
      ticks.push({ v: k * step, step: step });
    return ticks;
  }

  function logTicks(low, high, wanted) {
    var decades = Math.log10(high / low), every = Math.max(1, Math.ceil(decades / wanted));
    var mantissas = decades > 3 ? [1] : [1, 2, 5], ticks = [];
    if (decades < 0.8) return linearTicks(low, high, wanted, false);
    for (var e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++)
      mantissas.forEach(function (m) {
        var v = m * Math.pow(10, e);
        if (e % every === 0 && v >= low * 0.999999 && v <= high * 1.000001)
          ticks.push({ v: v, step: Math.pow(10, e) });
      });
    return ticks;
  }

  function tickText(value, step, percent) {
    if (percent) { value *= 100; step *= 100; }
    var size = Math.abs(value), decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    var text = size > 1e-9 * step && (size >= 1e6 || step < 0.99e-4)
      ? value.toExponential(Math.max(0, Math.round(Math.log10(size / step)))).replace("e+", "e")
      : value.toFixed(size > 1e-9 * step ? Math.min(decimals, 20) : 0);
    return percent ? text + "%" : text;
  }

  function valueText(value, percent) {
    if (percent) return (100 * value).toFixed(2) + "%";
    var size = Math.abs(value);
    return size >= 1e5 || (size > 0 && size < 1e-4) ? value.toExponential(3) : value.toPrecision(4);
  }

  /* What the y axis spans: the lines shown, and their bands as far as the lines' extent again. */
  function span(chart, shown, log) {
    var low = Infinity, high = -Infinity, bandLow = Infinity, bandHigh = -Infinity;
    chart.rows.forEach(function (row) {
      shown.forEach(function (visible, s) {
        var cell = row[s + 1];
        if (!visible || !cell) return;
        low = Math.min(low, cell[1]);
        high = Math.max(high, cell[1]);
        bandLow = Math.min(bandLow, cell[0]);
        bandHigh = Math.max(bandHigh, cell[2]);
      });
    });
    if (low > high) return log ? [1, 10] : [0, 1];
    var to = log ? Math.log10 : Number, from = log ? function (v) { return Math.pow(10, v); } : Number;
    var a = to(low), b = to(high), extent = b > a ? b - a : Infinity;
    a = Math.max(to(bandLow), a - extent);
    b = Math.min(to(bandHigh), b + extent);
    var room = b > a ? 0.04 * (b - a) : chart.percent ? 0.05 : log ? 0.3 : 0.1 * Math.abs(a) || 1;
    a = from(a - room);
    b = from(b + room);
    if (!log && low >= 0) a = Math.max(a, 0);
    if (chart.percent && high <= 1) b = Math.min(b, 1);
    return [a, b];
  }

  function Live(chart, host) {
    var self = this, many = chart.labels.map(function (label, s) { return "s" + s; });
    if (chart.log_x) { /* dygraphs sees logarithms; ticks and values say what they are of */
      chart.rows.forEach(function (row) { row[0] = Math.log10(row[0]); });
      chart.marks = chart.marks.map(function (marks) { return marks.map(Math.log10); });
    }
    this.chart = chart;
    this.log = chart.log;
    this.shown = chart.labels.map(function () { return true; });
    this.root = element(host, "div", "rl-live");
    element(this.root, "div", "rl-title", chart.title);
    this.controls = element(this.root, "div", "rl-controls");
    this.controls.setAttribute("role", "group");
    this.controls.setAttribute("aria-label", chart.title);
    element(this.root, "div", "rl-axis-title", chart.y_title);
    this.stage = element(this.root, "div", "rl-stage");
    this.plot = element(this.stage, "div", "rl-plot");
    this.cross = element(this.stage, "div", "rl-cross");
    this.values = element(this.stage, "div", "rl-values");
    this.values.setAttribute("aria-live", "polite");
    element(this.root, "div", "rl-axis-title rl-x-title", chart.x_title);
    this.graph = new Dygraph(this.plot, chart.rows, this.options(["x"].concat(many)));
    this.addControls();
    this.addKeys();
    this.leave();
    new ResizeObserver(function () { self.graph.resize(); }).observe(this.stage);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
      self.graph.updateOptions(self.colors());
    });
  }

  Live.prototype.options = function (labels) {
    var self = this, chart = this.chart, series = {};
    chart.dashes.forEach(function (dash, s) {
      series["s" + s] = { strokePattern: dash.length ? dash : null };
      if (chart.marks[s].length) Object.assign(series["s" + s], {
        drawPoints: true, pointSize: 7,
        drawPointCallback: function (graph, name, context, x, y, color, size, row) {
          if (chart.marks[s].indexOf(chart.rows[row][0]) < 0) return;
          context.beginPath();
          context.arc(x, y, size, 0, 2 * Math.PI);
          context.strokeStyle = color;
          context.stroke();
        }
      });
    });
    var xs = chart.rows.map(function (row) { return row[0]; });
    var axes = {
      x: {
        ticker: function (a, b, pixels) {
          if (chart.log_x)
            return logTicks(Math.pow(10, a), Math.pow(10, b), pixels / 60).map(function (tick) {
              return { v: Math.log10(tick.v), label: tickText(tick.v, tick.step, false) };
            });
          return linearTicks(a, b, pixels / 60, chart.integer_x).map(function (tick) {
            return { v: tick.v, label: tickText(tick.v, tick.step, false) };
          });
        }
      },
      y: {
        axisLabelWidth: 52,
        ticker: function (a, b, pixels) {
          return (self.log ? logTicks : linearTicks)(a, b, pixels / 42, false).map(function (tick) {
            return { v: tick.v, label: tickText(tick.v, tick.step, chart.percent) };
          });
        }
      }
    };
    return Object.assign(this.colors(), this.scale(), {
      labels: labels, series: series, axes: axes, customBars: true, legend: "never",
      strokeWidth: 2, fillAlpha: 0.16, pointSize: 4, highlightCircleSize: 5, xRangePad: 8,
      axisLabelFontSize: 13, gridLineWidth: 1, interactionModel: {},
      dateWindow: xs.length === 1 ? [xs[0] - 0.5, xs[0] + 0.5] : null,
      highlightCallback: function (event, x, points, row) { self.show(x, row); },
      unhighlightCallback: function () { self.leave(); }
    });
  };

  Live.prototype.colors = function () {
    return {
      colors: this.chart.colors.map(function (color) { return variable("--rl-c" + color); }),
      gridLineColor: variable("--rl-grid"),
      axisLineColor: variable("--rl-muted")
    };
  };

  Live.prototype.scale = function () {
    return { logscale: this.log, valueRange: span(this.chart, this.shown, this.log) };
  };

  Live.prototype.addControls = function () {
    var self = this, chart = this.chart;
    chart.labels.forEach(function (text, s) {
      var label = checkbox(self.controls, true, function (on) {
        self.shown[s] = on;
        self.leave();
        self.graph.setVisibility(s, on);
        self.graph.updateOptions(self.scale());
      });
      swatch(label, chart, s);
      element(label, "span", "", text);
    });
    if (!chart.log_allowed) return;
    element(checkbox(this.controls, this.log, function (on) {
      self.log = on;
      self.leave();
      self.graph.updateOptions(self.scale());
    }), "span", "", words.log);
  };

  Live.prototype.addKeys = function () {
    var self = this, last = this.chart.rows.length - 1;
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute("aria-label", words.hint);
    this.stage.addEventListener("blur", function () { self.leave(); });
    this.stage.addEventListener("keydown", function (event) {
      var row = self.row;
      if (event.key === "ArrowRight") row = row === null ? 0 : Math.min(row + 1, last);
      else if (event.key === "ArrowLeft") row = row === null ? last : Math.max(row - 1, 0);
      else if (event.key === "Escape") row = null;
      else return;
      event.preventDefault();
      if (row === null || last < 0) {
        self.leave();
        return;
      }
      self.graph.setSelection(row);
      self.show(self.chart.rows[row][0], row);
    });
  };

  /* The values at a row, in a box beside its vertical line. */
  Live.prototype.show = function (x, row) {
    var self = this, chart = this.chart, box = this.values, cells = chart.rows[row];
    box.textContent = "";
    element(box, "div", "rl-values-head", (chart.x_title + " " +
            Number((chart.log_x ? Math.pow(10, x) : x).toPrecision(6))).trim());
    chart.labels.map(function (label, s) { return s; }).filter(function (s) {
      return self.shown[s] && cells[s + 1];
    }).sort(function (a, b) { return cells[b + 1][1] - cells[a + 1][1]; }).forEach(function (s) {
      var line = element(box, "div", "rl-value"), cell = cells[s + 1];
      swatch(line, chart, s);
      element(line, "span", "rl-value-name", chart.labels[s]);
      element(line, "span", "rl-value-number", valueText(cell[1], chart.percent));
      if (cell[0] < cell[2])
        element(line, "span", "rl-value-band", "[" + valueText(cell[0], chart.percent) + ", " +
                valueText(cell[2], chart.percent) + "]");
    });
    this.row = row;
    this.cross.hidden = box.hidden = false;
    var left = this.graph.toDomXCoord(x), width = this.stage.clientWidth;
    this.cross.style.left = left + "px";
    var right = left + 12 + box.offsetWidth;
    box.style.left = Math.max(0, right <= width ? left + 12
      : Math.min(left - 12 - box.offsetWidth, width - box.offsetWidth)) + "px";
  };

  Live.prototype.leave = function () {
    this.row = null;
    this.cross.hidden = this.values.hidden = true;
    this.graph.clearSelection();
  };

  function enliven(chart) {
    var host = document.getElementById(chart.id);
    if (!host || !chart.rows.length) return;
    host.classList.add("rl-alive"); /* first, since a dygraph takes its size from the page */
    try {
      new Live(chart, host);
    } catch (error) {
      host.classList.remove("rl-alive");
      host.querySelectorAll(".rl-live").forEach(function (live) { live.remove(); });
    }
  }

  var data = document.getElementById("chart-data");
  if (data && typeof Dygraph === "function") JSON.parse(data.textContent).forEach(enliven);
})();
