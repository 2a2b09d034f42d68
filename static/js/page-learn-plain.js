import learnphoto from "./learnphoto.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learnphoto, theme });
