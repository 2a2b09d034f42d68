import { start } from "./start.js";
import theme from "./theme.js";

start({ theme });
