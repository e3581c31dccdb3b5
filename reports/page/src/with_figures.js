import { start } from "./app.js";
import { figures } from "./figures/index.js";

start(figures);
