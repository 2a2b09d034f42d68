/* A line of a table of numbers: what they are of, and the numbers, of which the last one matters most. */

/** @param {string[]} words the line's name first */
export function tableLine([name, ...numbers]) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.append(Object.assign(document.createElement("bdi"), { textContent: name }));
  row.append(head, ...numbers.map((number, at) => {
    const cell = document.createElement("td");
    if (at < numbers.length - 1) cell.textContent = number;
    else cell.append(Object.assign(document.createElement("b"), { textContent: number }));
    return cell;
  }));
  return row;
}
