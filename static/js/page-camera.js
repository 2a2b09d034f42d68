import camera from "./camera.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ camera, theme });
