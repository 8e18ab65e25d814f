"""The script of the page about a comparison: filters, search, and a table of which only the visible lines exist.

Pure: a constant. Every text of the data becomes a text node; nothing is written as HTML.
"""

SCRIPT = r"""
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("changes").textContent);
  var REPLACED = 0, EMPTIED = 1, FILLED = 2, ADDED = 3, REMOVED = 4;
  var WORDS = ["replaced", "became empty", "filled", "added", "removed"];
  var TALLEST = 8000000;  // pixels of the longest table that every browser can scroll
  var BEYOND = 6;  // lines drawn above and below those in sight, so that the keyboard finds the next
  var rows = data.change.length;
  var state = {search: "", column: -1, pair: null, kinds: [true, true, true, true, true]};
  var lineRow = new Int32Array(0), lineCell = new Int32Array(0), lines = 0;
  var shownKeys = null;

  function find(id) { return document.getElementById(id); }
  function number(value) { return value.toLocaleString("en-US"); }
  function element(tag, kind, text) {
    var made = document.createElement(tag);
    if (kind) { made.className = kind; }
    if (text !== undefined) { made.textContent = text; }
    return made;
  }

  // Which lines there are: one a cell of a changed row; one a row that was added or removed.
  function empty(value) { return value === null || value === ""; }
  function kindOf(cell) {
    var had = !empty(data.old[cell]), has = !empty(data.new[cell]);
    return had && !has ? EMPTIED : has && !had ? FILLED : REPLACED;
  }
  function keyOf(row, between) {
    return data.keys.map(function (values) { return values[row] === null ? "(empty)" : values[row]; }).join(between);
  }
  function searched() {
    if (!shownKeys) {
      shownKeys = new Array(rows);
      for (var row = 0; row < rows; row++) { shownKeys[row] = keyOf(row, "\u0000").toLowerCase(); }
    }
    return shownKeys;
  }
  function wanted(cell) {
    if (state.column >= 0 && data.column[cell] !== state.column) { return false; }
    return !state.pair || data.old[cell] === state.pair[0] && data.new[cell] === state.pair[1];
  }
  function collect() {
    var keys = state.search ? searched() : null, text = state.search.toLowerCase();
    var counts = [0, 0, 0, 0, 0], most = data.column.length + rows;
    var inRow = new Int32Array(most), inCell = new Int32Array(most);
    lines = 0;
    function add(row, cell, kind) {
      counts[kind] += 1;
      if (state.kinds[kind]) { inRow[lines] = row; inCell[lines] = cell; lines += 1; }
    }
    for (var row = 0; row < rows; row++) {
      if (keys && keys[row].indexOf(text) < 0) { continue; }
      var whole = data.change[row] > 0;
      if (whole && state.column < 0) { add(row, -1, 2 + data.change[row]); continue; }
      for (var cell = data.start[row]; cell < data.start[row + 1]; cell++) {
        if (wanted(cell)) { add(row, cell, whole ? 2 + data.change[row] : kindOf(cell)); }
      }
    }
    lineRow = inRow; lineCell = inCell;
    tell(counts);
    scroller.scrollTop = 0;
    layOut();
  }
  function tell(counts) {
    for (var kind = 0; kind < WORDS.length; kind++) {
      find("count-" + kind).textContent = number(counts[kind]);
    }
    var all = counts.reduce(function (sum, each) { return sum + each; }, 0);
    find("shown").textContent = lines === 1 ? "1 line" : number(lines) + " lines" +
      (lines < all ? " of " + number(all) : "");
    var pair = find("pair");
    pair.hidden = !state.pair;
    if (state.pair) {
      find("pair-words").replaceChildren("only ", shown(state.pair[0], 40), " \u2192 ", shown(state.pair[1], 40));
    }
    find("none").hidden = lines > 0;
  }

  // How a value is shown: what can't be seen is written out, so that two values that differ look different.
  var UNSEEN = "\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f" +
    "\\u3000\\ufeff\\ufff9-\\ufffb";
  var SPELLED = new RegExp("(^ +| +$| {2,}|[" + UNSEEN + "]+)");
  // Show a value; of a long one at most so many signs, from a place in it on.
  function shown(value, most, from) {
    var place = element("bdi");
    if (value === null) { place.append(element("i", "soft", "(empty)")); return place; }
    if (value === "") { place.append(element("i", "soft", "(no text)")); return place; }
    var start = from || 0, cut = most && value.length - start > most;
    if (start) { place.append("\u2026"); }
    spell(place, value.slice(start, cut ? start + most : value.length), !start, !cut, !most);
    if (cut) { place.append("\u2026"); }
    return place;
  }
  // Write a piece of a text; starts and ends say whether it is the text's first and last, broken that lines may break.
  function spell(place, text, starts, ends, broken) {
    text.split(SPELLED).forEach(function (part, index, parts) {
      if (!part) { return; }
      var first = index === 1 && !parts[0], last = index === parts.length - 2 && !parts[index + 1];
      var single = part === " " && !(first && starts) && !(last && ends);
      if (index % 2 === 0 || single) { place.append(part); return; }
      place.append(element("span", "unseen", Array.from(part, written).join("")));
      if (broken && part.indexOf("\n") >= 0) { place.append("\n"); }
    });
  }
  function written(sign) {
    if (sign === " ") { return "\u00b7"; }
    if (sign === "\n") { return "\u21b5"; }
    if (sign === "\t") { return "\u21e5"; }
    return "\\u" + sign.codePointAt(0).toString(16).padStart(4, "0");
  }

  // The table: as tall as all its lines, but only those in sight are in the document.
  var scroller = find("scroller"), space = find("space"), layer = find("layer");
  var tall = 34, drawn = -1, drawnLines = null;
  function layOut() {
    tall = parseFloat(getComputedStyle(layer).getPropertyValue("--tall")) || 34;
    scroller.style.height = Math.min(Math.max(lines, 3) * tall, Math.round(innerHeight * 0.7)) + "px";
    space.style.height = Math.min(lines * tall, TALLEST) + "px";
    scroller.setAttribute("aria-rowcount", lines);
    drawn = -1;
    draw();
  }
  function draw() {
    // Where a table is too tall for a browser, its scroll bar stands for a part of the lines, not for pixels.
    var height = lines * tall, room = Math.max(1, Math.min(height, TALLEST) - scroller.clientHeight);
    var top = height <= TALLEST ? scroller.scrollTop : scroller.scrollTop / room * (height - scroller.clientHeight);
    var first = Math.max(0, Math.min(Math.floor(top / tall), lines - 1) - BEYOND);
    layer.style.transform = "translateY(" + (scroller.scrollTop - top + first * tall) + "px)";
    if (first === drawn && drawnLines === lineRow) { return; }
    drawn = first; drawnLines = lineRow;
    var sight = Math.ceil(scroller.clientHeight / tall) + 1, count = Math.min(lines - first, sight + 2 * BEYOND);
    var made = document.createDocumentFragment();
    for (var index = 0; index < count; index++) { made.append(line(first + index)); }
    var focused = document.activeElement.closest && document.activeElement.closest("#layer .line");
    layer.replaceChildren(made);
    // Who goes from line to line by keyboard stays where they are.
    var same = focused && layer.querySelector("[aria-rowindex='" + focused.getAttribute("aria-rowindex") + "'] .key");
    if (same) { same.focus({preventScroll: true}); }
    document.documentElement.dataset.lines = lines;
  }
  function line(index) {
    var row = lineRow[index], cell = lineCell[index];
    var kind = data.change[row] ? 2 + data.change[row] : kindOf(cell);
    var made = element("div", "line kind-" + kind);
    made.setAttribute("role", "row");
    made.setAttribute("aria-rowindex", index + 1);
    made.dataset.row = row;
    var key = element("button", "key");
    key.type = "button";
    key.append(shown(keyOf(row, ", "), 120));
    var first = [element("span", "badge", WORDS[kind]), key];
    var places = [place(data.before[row], "row before"), place(data.after[row], "row after")];
    first.concat(places, values(row, cell)).forEach(function (content) { made.append(box(content)); });
    return made;
  }
  function box(content) {
    var made = element("div", "cell");
    made.setAttribute("role", "cell");
    made.append(content);
    return made;
  }
  function place(value, said) {
    var made = element("span", "place", value === null ? "" : number(value));
    if (value !== null) { made.title = said; }
    return made;
  }
  function values(row, cell) {
    if (cell >= 0) {
      var name = element("span", "column");
      name.append(shown(data.columns[data.column[cell]], 80));
      return [name, side(cell, "old", data.change[row] === 1), side(cell, "new", data.change[row] === 2)];
    }
    var count = data.start[row + 1] - data.start[row], added = data.change[row] === 1;
    var summed = element("span", added ? "new" : "old");
    summed.append(together(row, added ? data.new : data.old));
    var said = element("span", "column soft", count === 1 ? "1 value" : number(count) + " values");
    return added ? [said, element("span"), summed] : [said, summed, element("span")];
  }
  function side(cell, which, absent) {
    var made = element("span", absent ? "" : which), value = data[which][cell];
    if (absent) { return made; }
    var alike = common(data.old[cell], data.new[cell]);
    // Alike so long that the difference would be out of sight: it begins shortly before.
    made.append(shown(value, 200, alike > 30 && value.length > 50 ? alike - 12 : 0));
    if (which === "new" && unicodeOnly(data.old[cell], value)) {
      made.append(element("i", "soft", " (only the Unicode form differs)"));
    }
    return made;
  }
  function common(old, now) {
    var start = 0, most = empty(old) || empty(now) ? 0 : Math.min(old.length, now.length);
    while (start < most && old[start] === now[start]) { start += 1; }
    return start;
  }
  function unicodeOnly(old, now) {
    return !empty(old) && !empty(now) && old !== now && old.normalize() === now.normalize();
  }
  function together(row, from) {
    var texts = [];
    for (var cell = data.start[row]; cell < data.start[row + 1] && texts.length < 8; cell++) {
      texts.push(from[cell]);
    }
    return shown(texts.join(" \u00b7 "), 200);
  }

  // One row, both sides beside each other.
  function open(row) {
    var kind = data.change[row], title = find("row-title"), body = find("row-cells");
    var word = ["changed", "added", "removed"][kind];
    title.replaceChildren(element("span", "badge kind-" + (kind ? 2 + kind : 0), word), " ");
    data.key.forEach(function (name, index) {
      title.append(index ? ", " : "", element("span", "soft", name + " "), shown(data.keys[index][row]));
    });
    var places = [];
    if (data.before[row] !== null) { places.push("row " + number(data.before[row]) + " before"); }
    if (data.after[row] !== null) { places.push("row " + number(data.after[row]) + " after"); }
    find("row-places").textContent = places.join(", ");
    body.replaceChildren();
    for (var cell = data.start[row]; cell < data.start[row + 1]; cell++) { body.append(beside(cell, kind)); }
    find("row").showModal();
  }
  function beside(cell, kind) {
    var made = element("tr"), head = element("th"), before = element("td", "old"), after = element("td", "new");
    head.scope = "row";
    head.append(shown(data.columns[data.column[cell]]));
    if (kind === 0) {
      mark(before, after, data.old[cell], data.new[cell]);
      var only = onlyIn(data.old[cell], data.new[cell]);
      if (only) { head.append(element("br"), element("span", "soft", only)); }
    } else {
      (kind === 1 ? before : after).className = "";
      (kind === 1 ? after : before).append(shown(kind === 1 ? data.new[cell] : data.old[cell]));
    }
    cutShort(before, after, cell);
    made.append(head, before, after);
    return made;
  }
  function mark(before, after, old, now) {
    if (empty(old) || empty(now)) { before.append(shown(old)); after.append(shown(now)); return; }
    var start = common(old, now), most = Math.min(old.length, now.length), end = 0;
    while (end < most - start && old[old.length - 1 - end] === now[now.length - 1 - end]) { end += 1; }
    [[before, old], [after, now]].forEach(function (each) {
      var text = each[1], middle = element("mark"), inside = element("bdi");
      spell(inside, text.slice(0, start), true, start === text.length, true);
      spell(middle, text.slice(start, text.length - end), !start, !end, true);
      if (middle.childNodes.length) { inside.append(middle); }
      spell(inside, text.slice(text.length - end), end === text.length, true, true);
      each[0].append(inside);
    });
  }
  function onlyIn(old, now) {
    if (empty(old) || empty(now)) { return ""; }
    if (unicodeOnly(old, now)) { return "only the Unicode form differs"; }
    if (old.toLowerCase() === now.toLowerCase()) { return "only upper and lower case differ"; }
    return old.replace(/\s+/g, "") === now.replace(/\s+/g, "") ? "only spaces differ" : "";
  }
  function cutShort(before, after, cell) {
    var lengths = data.longer[cell] || [0, 0];
    [[before, "old"], [after, "new"]].forEach(function (each, index) {
      var left = lengths[index] - Array.from(data[each[1]][cell] || "").length;
      var said = " \u2026 and " + number(left) + " more characters";
      if (left > 0) { each[0].append(element("span", "soft", said)); }
    });
  }

  // What a reader does.
  function choose(column, pair) {
    state.column = column; state.pair = pair;
    find("column").value = String(column);
    collect();
  }
  function later(work) {
    var waiting = 0;
    return function () { clearTimeout(waiting); waiting = setTimeout(work, 120); };
  }
  find("search").addEventListener("input", later(function () {
    state.search = find("search").value.trim();
    collect();
  }));
  find("column").addEventListener("change", function () { choose(Number(find("column").value), null); });
  find("pair").addEventListener("click", function () { choose(state.column, null); });
  WORDS.forEach(function (word, kind) {
    find("kind-" + kind).addEventListener("change", function (event) {
      state.kinds[kind] = event.target.checked;
      collect();
    });
  });
  document.addEventListener("click", function (event) {
    var chosen = event.target.closest("[data-column]"), made = event.target.closest(".line");
    if (chosen && chosen.tagName === "BUTTON") {
      var place = Number(chosen.dataset.column), top = chosen.dataset.top;
      choose(place, top === undefined ? null : data.tops[place][Number(top)]);
      find("rows").scrollIntoView();
    } else if (made) { open(Number(made.dataset.row)); }
  });
  find("row").addEventListener("click", function (event) {
    if (event.target === find("row")) { find("row").close(); }
  });
  find("row-close").addEventListener("click", function () { find("row").close(); });
  scroller.addEventListener("scroll", draw, {passive: true});
  addEventListener("resize", layOut);

  data.columns.forEach(function (name, index) {
    var made = element("option");
    made.value = String(index);
    made.textContent = name.length > 80 ? name.slice(0, 79) + "\u2026" : name;
    find("column").append(made);
  });
  find("table").hidden = false;
  collect();
  document.documentElement.dataset.rows = rows;
})();
""".strip()
