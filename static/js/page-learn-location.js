import learnlocation from "./learnlocation.js";
import learnphoto from "./learnphoto.js";
import { start } from "./start.js";
import theme from "./theme.js";

start({ learnlocation, learnphoto, theme });
