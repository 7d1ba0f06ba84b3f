import { start } from "../ui/start.tsx";
import { Shop } from "./shop.tsx";
import "./shop.css";

void start(Shop);
