export function start(figures) { document.getElementById("app").textContent = figures ? "figures" : "tables only"; }
