import learndetect from "./learndetect.js";
import learndots from "./learndots.js";
import learnphoto from "./learnphoto.js";
import learnpool from "./learnpool.js";
import learnremain from "./learnremain.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learndetect, learndots, learnphoto, learnpool, learnremain, theme });
