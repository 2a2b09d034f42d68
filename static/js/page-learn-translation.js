import learnmove from "./learnmove.js";
import learnphoto from "./learnphoto.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learnmove, learnphoto, theme });
