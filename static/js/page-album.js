import many from "./many.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ many, theme });
