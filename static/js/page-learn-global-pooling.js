import learnasked from "./learnasked.js";
import learnphoto from "./learnphoto.js";
import learnvector from "./learnvector.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learnasked, learnphoto, learnvector, theme });
