// Everything can be read without this script; it sorts and filters tables.
for (const table of document.querySelectorAll("table.sortable")) {
  for (const button of table.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const heading = button.closest("th");
      const column = heading.cellIndex;
      const ascending = heading.getAttribute("aria-sort") === "descending";
      for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const missing = (text) => text === "" || text === "\u2013";
      const compare = (one, other) => {
        const [a, b] = [value(one), value(other)];
        if (missing(a) || missing(b)) return missing(a) - missing(b);
        const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
        return ascending ? order : -order;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(compare));
    });
  }
}

const [text, role, found] = ["find-model", "find-role", "found"].map((id) => document.getElementById(id));
function filterModels() {
  const rows = [...document.querySelectorAll("#models-table tbody tr")];
  for (const row of rows) {
    const named = row.textContent.toLowerCase().includes(text.value.trim().toLowerCase());
    row.hidden = !named || (role.value !== "" && row.dataset.role !== role.value);
  }
  found.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} models`;
}
text.closest(".filter").hidden = false;
text.addEventListener("input", filterModels);
role.addEventListener("change", filterModels);
filterModels();
