import learncurves from "./learncurves.js";
import learnmove from "./learnmove.js";
import learnphoto from "./learnphoto.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learncurves, learnmove, learnphoto, theme });
