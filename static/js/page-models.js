import bring from "./bring.js";
import clock from "./clock.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ bring, clock, theme });
